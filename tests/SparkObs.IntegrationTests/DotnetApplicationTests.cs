using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests;

/// <summary>.NET programs with the bridge in their own process, a real Spark below them, and what Jaeger then has.</summary>
public sealed class DotnetApplicationTests : IDisposable
{
    /// <summary>Runs until it is killed.</summary>
    private const string SleepingJob = """
        import pathlib, sys, time
        from pyspark.sql import SparkSession
        sc = SparkSession.builder.appName("sleep").getOrCreate().sparkContext
        running = sys.argv[1]
        def run(x):
            pathlib.Path(running).touch()
            time.sleep(150)
        sc.parallelize([1], 1).foreach(run)
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("sparkobs-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [LiveFact]
    public async Task One_trace_from_the_programs_span_down_to_the_tasks()
    {
        await using var jaeger = await JaegerServer.StartAsync();
        var (exitCode, job) = await RunAsync(Sample, [], jaeger);

        Assert.True(exitCode == 0, job.Error);
        Assert.Contains("counts [('be', 2), ('not', 1), ('or', 1), ('to', 2)]", job.Output, StringComparison.Ordinal);
        var trace = await TraceAsync(jaeger, "daily report");
        Assert.Equal(
            """
            daily report
              application
                application started
                job collect at <path>/report.py:8
                  stage reduceByKey at <path>/report.py:8
                    task
                      shuffle write
                    task
                      shuffle write
                  stage collect at <path>/report.py:8
                    task
                      shuffle read
                    task
                      shuffle read
            """,
            trace.Tree);
        Assert.Equal(["dotnet-host"], trace.Services);
        var application = trace.Span("application");
        Assert.Equal(("daily report", "3.5.3"), (application["spark.app.name"], application["spark.version"]));
        Assert.All(trace.SpansBelow("application"), span => Assert.Equal(application["spark.app.id"], span["spark.app.id"]));
        Assert.Equal(
            [
                $"The report begins {trace.Id} {trace.Span("daily report").Id}",
                $"spark-submit ended with {{ExitCode}} {trace.Id} {trace.Span("daily report").Id}",
            ],
            Log().Where(IsOfReport).Select(Line));
    }

    /// <summary>The host stops in order: its service ends Spark, Spark tells its end, and the program's span ends.</summary>
    [LiveFact]
    public async Task A_signal_to_a_host_in_the_middle_of_a_job()
    {
        await using var jaeger = await JaegerServer.StartAsync();
        var running = Path.Combine(folder, "running");
        var (exitCode, job) = await RunAsync(Sample, [await JobAsync(), running], jaeger, async program =>
        {
            await UntilAsync(() => File.Exists(running) || program.Process.HasExited);
            await program.SignalAsync("TERM");
        });

        Assert.True(exitCode == 143, job.Error);
        var trace = await TraceAsync(jaeger, "daily report");
        Assert.Equal(
            """
            daily report ERROR
              application
                application started
                job foreach at <path>/sleep.py:8 ERROR
                  stage foreach at <path>/sleep.py:8 ERROR
                    task
            """,
            trace.Tree);
        Assert.Null(trace.Span("application")["sparkobs.incomplete"]);
        Assert.Equal("cancelled", trace.Span("job foreach at <path>/sleep.py:8")["error.type"]);
        var last = Log().Last(IsOfReport);
        Assert.Equal($"spark-submit ended with {{ExitCode}} {trace.Id} {trace.Span("daily report").Id}", Line(last));
        Assert.Equal(143, last.GetProperty("ExitCode").GetInt32());
    }

    [LiveFact]
    public async Task A_signal_to_a_plain_program_in_the_middle_of_a_job()
    {
        await using var jaeger = await JaegerServer.StartAsync();
        var (exitCode, _) = await RunAsync(Plain, ["wait", await JobAsync(), Path.Combine(folder, "running")], jaeger, async program =>
        {
            await program.WaitForAsync("running");
            await program.SignalAsync("TERM");
        });

        Assert.Equal(143, exitCode);
        var trace = await TraceAsync(jaeger, "application");
        Assert.Equal(OpenTree, trace.Tree);
        AssertIncomplete(trace, "incomplete", "The application's end is not among its events: it was killed, or it still runs");
        Assert.Equal([$"The job runs {trace.Id} {trace.Span("application").Id}"], Log().Select(Line));
    }

    [LiveFact]
    public async Task An_exception_that_a_plain_program_does_not_catch()
    {
        await using var jaeger = await JaegerServer.StartAsync();
        var (exitCode, job) = await RunAsync(Plain, ["throw", await JobAsync(), Path.Combine(folder, "running")], jaeger);

        Assert.Equal(134, exitCode);
        Assert.Contains("Unhandled exception. System.InvalidOperationException: the report cannot be made", job.Error, StringComparison.Ordinal);
        var trace = await TraceAsync(jaeger, "application");
        Assert.Equal(OpenTree, trace.Tree);
        AssertIncomplete(trace, "System.InvalidOperationException", "the report cannot be made: password=*********(redacted)");
        var application = trace.Span("application").Id;
        Assert.Equal(
            [$"The job runs {trace.Id} {application}", $"The process ends by an exception that nobody caught {trace.Id} {application}"], Log().Select(Line));
        Assert.StartsWith("System.InvalidOperationException: the report cannot be made", Log().Last().GetProperty("@x").GetString(), StringComparison.Ordinal);
    }

    [LiveFact]
    public async Task A_plain_program_that_ends_and_disposes_nothing()
    {
        await using var jaeger = await JaegerServer.StartAsync();
        var (exitCode, _) = await RunAsync(Plain, ["end", await JobAsync(), Path.Combine(folder, "running")], jaeger);

        Assert.Equal(0, exitCode);
        var trace = await TraceAsync(jaeger, "application");
        Assert.Equal(OpenTree, trace.Tree);
        AssertIncomplete(trace, "incomplete", "The application's end is not among its events: it was killed, or it still runs");
        Assert.Equal([$"The job runs {trace.Id} {trace.Span("application").Id}"], Log().Select(Line));
    }

    private const string OpenTree =
        """
        application ERROR
          application started
          job foreach at <path>/sleep.py:8
            stage foreach at <path>/sleep.py:8
              task
        """;

    private static string Sample => ProgramOf("samples/DotnetHost", "DotnetHost");

    private static string Plain => ProgramOf("tests/SparkObs.PlainProgram", "SparkObs.PlainProgram");

    private static string ProgramOf(string project, string name)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(Toolbox.Repository, project, "bin", output.Parent!.Name, output.Name, name + ".dll");
    }

    private static void AssertIncomplete(JaegerTrace trace, string error, string message)
    {
        var application = trace.Span("application");
        Assert.Equal(("True", error, message), (application["sparkobs.incomplete"], application["error.type"], application["otel.status_description"]));
        Assert.All(["job foreach at <path>/sleep.py:8", "stage foreach at <path>/sleep.py:8", "task"], name => Assert.Equal("True", trace.Span(name)["sparkobs.incomplete"]));
    }

    private string LogFile => Path.Combine(folder, "program.clef");

    private List<JsonElement> Log() => [.. File.ReadLines(LogFile).Select(line => JsonDocument.Parse(line).RootElement)];

    private static bool IsOfReport(JsonElement line) => line.TryGetProperty("SourceContext", out var source) && source.GetString() == "DotnetHost.DailyReport";

    private static string Line(JsonElement line) => $"{line.GetProperty("@mt")} {line.GetProperty("@tr")} {line.GetProperty("@sp")}";

    private static async Task<JaegerTrace> TraceAsync(JaegerServer jaeger, string root)
    {
        using var client = new HttpClient { BaseAddress = jaeger.Query };
        var found = new List<JaegerTrace>();
        await UntilAsync(async () =>
        {
            var services = JsonDocument.Parse(await client.GetStringAsync(new Uri("/api/services", UriKind.Relative))).RootElement.GetProperty("data");
            found.Clear();
            foreach (var service in services.EnumerateArray())
            {
                var traces = JsonDocument.Parse(await client.GetStringAsync(new Uri($"/api/traces?service={Uri.EscapeDataString(service.GetString()!)}&limit=10", UriKind.Relative)));
                found.AddRange(traces.RootElement.GetProperty("data").EnumerateArray().Select(trace => new JaegerTrace(trace)));
            }
            return found.Any(trace => trace.Has(root));
        });
        return Assert.Single(found.DistinctBy(trace => trace.Id));
    }

    private async Task<string> JobAsync()
    {
        var path = Path.Combine(folder, "sleep.py");
        await File.WriteAllTextAsync(path, SleepingJob);
        return path;
    }

    private async Task<(int ExitCode, RunningJob Job)> RunAsync(string program, string[] arguments, JaegerServer jaeger, Func<RunningJob, Task>? during = null)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        start.Environment["SPARK_HOME"] = Path.Combine(Toolbox.Folder, "spark-3.5.3");
        start.Environment["SPARK_LOCAL_IP"] = "127.0.0.1";
        start.Environment["PYSPARK_PYTHON"] = "python3";
        start.Environment["SPARK_SUBMIT_OPTS"] = $"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Djava.io.tmpdir={folder}";
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = jaeger.GrpcEndpoint;
        // Jaeger takes no logs.
        start.Environment["OTEL_LOGS_EXPORTER"] = "none";
        start.Environment["SPARKOBS_LOG_FILE"] = LogFile;
        using var process = Process.Start(start)!;
        var job = new RunningJob(process);
        try
        {
            if (during is not null)
                await during(job);
            // Its output goes on as long as Spark does.
            await UntilAsync(() => process.HasExited);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await EndSparkAsync(job);
        }
        await process.WaitForExitAsync();
        return (process.ExitCode, job);
    }

    /// <summary>The plain program says its process, which goes on without it.</summary>
    private static async Task EndSparkAsync(RunningJob job)
    {
        if (job.Output.Split('\n').FirstOrDefault(line => line.StartsWith("spark ", StringComparison.Ordinal)) is not { } line)
            return;
        try
        {
            using var spark = Process.GetProcessById(int.Parse(line.AsSpan(6), CultureInfo.InvariantCulture));
            spark.Kill(entireProcessTree: true);
            await spark.WaitForExitAsync();
        }
        catch (ArgumentException)
        {
            // It has ended.
        }
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var watch = Stopwatch.StartNew(); !await condition(); await Task.Delay(50))
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), "it takes too long");
    }
}
