using System.Diagnostics;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>Runs jobs on the toolbox's Spark: by spark-submit itself, or by <c>sparkobs submit</c>.</summary>
internal sealed class SparkSubmit : IDisposable
{
    /// <summary>A job whose executors cannot start retries for ever.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromMinutes(4);

    private readonly string folder = Directory.CreateTempSubdirectory("sparkobs-").FullName;

    /// <param name="version">3.5.3 or 4.3.0.</param>
    public SparkSubmit(string version)
    {
        Home = Path.Combine(Toolbox.Folder, $"spark-{version}");
        Directory.CreateDirectory(EventLogs);
    }

    public string Home { get; private set; }

    /// <summary>What the jobs get beside the test's own environment.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>
    /// From now on a folder of this object's own that looks like this Spark, with more jars: its executors' logs and its conf are in it.
    /// </summary>
    public void MoveHome(params IEnumerable<string> moreJars)
    {
        var copy = PathOf("spark");
        Directory.CreateDirectory(Path.Combine(copy, "jars"));
        Directory.CreateDirectory(Path.Combine(copy, "conf"));
        foreach (var part in new[] { "bin", "python", "sbin" })
            File.CreateSymbolicLink(Path.Combine(copy, part), Path.Combine(Home, part));
        foreach (var jar in Directory.GetFiles(Path.Combine(Home, "jars")).Concat(moreJars))
            File.CreateSymbolicLink(Path.Combine(copy, "jars", Path.GetFileName(jar)), jar);
        Home = copy;
    }

    /// <summary>What each executor of a <c>local-cluster</c> wrote on standard error; the home must be this object's own.</summary>
    public IReadOnlyList<string> ExecutorLogs() => [.. Directory.GetFiles(Path.Combine(Home, "work"), "stderr", SearchOption.AllDirectories).Select(File.ReadAllText)];

    /// <summary>A path in a folder that goes with this object.</summary>
    public string PathOf(string name) => Path.Combine(folder, name);

    public static string Workload(string name) => Path.Combine(Toolbox.Repository, "samples", "workloads", $"{name}.py");

    public static string PythonHelper => Path.Combine(Toolbox.Repository, "samples", "python", "sparkobs_task.py");

    private string EventLogs => PathOf("events");

    private string LiveSpans => PathOf("live.jsonl");

    public Task<SparkObsCli.Outcome> PlainAsync(params string[] arguments) =>
        RunAsync(Path.Combine(Home, "bin", "spark-submit"), ["--conf", "spark.ui.enabled=false", .. arguments]);

    /// <param name="options">Those of <c>sparkobs submit</c>.</param>
    /// <param name="arguments">Those of spark-submit.</param>
    /// <param name="started">Is given the running process.</param>
    public Task<SparkObsCli.Outcome> TracedAsync(string[] options, string[] arguments, Func<Process, Task>? started = null) =>
        RunAsync("dotnet", [SparkObsCli.Program, "submit", .. options, "--", "--conf", "spark.ui.enabled=false", "--conf", $"spark.sparkobs.spool.dir={PathOf("spool")}", .. arguments], started);

    /// <summary>Runs a job with the event log on, live into a file, and replays its log.</summary>
    /// <param name="arguments">Those of spark-submit.</param>
    public async Task<LiveRun> LiveAndReplayAsync(string[] arguments, Func<Process, Task>? started = null)
    {
        var outcome = await TracedAsync(
            ["--output", "otlp-json", "-o", LiveSpans],
            ["--conf", "spark.eventLog.enabled=true", "--conf", $"spark.eventLog.dir={EventLogs}", .. arguments], started);
        var replayed = PathOf("replay.jsonl");
        var replay = await SparkObsCli.RunAsync("replay", "--output", "otlp-json", "-o", replayed, EventLogs);
        Assert.True(replay.ExitCode is 0 or 4, outcome.Error + replay.Error);
        return new LiveRun(outcome, OtlpSpans.Read(LiveSpans), OtlpSpans.Read(replayed));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>spark-submit itself, with these arguments.</summary>
    /// <param name="during">Is given the running job.</param>
    public Task<SparkObsCli.Outcome> SubmitAsync(string[] arguments, Func<RunningJob, Task>? during = null) =>
        RunAsync(Path.Combine(Home, "bin", "spark-submit"), ["--conf", "spark.ui.enabled=false", .. arguments], during);

    private Task<SparkObsCli.Outcome> RunAsync(string program, string[] arguments, Func<Process, Task>? started) =>
        RunAsync(program, arguments, started is null ? null : (RunningJob job) => started(job.Process));

    private async Task<SparkObsCli.Outcome> RunAsync(string program, string[] arguments, Func<RunningJob, Task>? during = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment["SPARK_HOME"] = Home;
        start.Environment["XDG_STATE_HOME"] = PathOf("state");
        start.Environment["SPARK_LOCAL_IP"] = "127.0.0.1";
        start.Environment["PYSPARK_PYTHON"] = "python3";
        // Jobs of a few seconds: the second compiler would take more time than it saves, half of all the tests' CPU.
        start.Environment["SPARK_SUBMIT_OPTS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var job = new RunningJob(process);
        using var late = new CancellationTokenSource(EndsWithin);
        try
        {
            if (during is not null)
                await during(job);
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} did not end within {EndsWithin}:\n{job.Error}");
        }
        return new SparkObsCli.Outcome(process.ExitCode, job.Output, job.Error);
    }
}

/// <summary>A job, its spans as they came live, and as the replay of its event log gave them.</summary>
internal sealed record LiveRun(SparkObsCli.Outcome Outcome, OtlpSpans Live, OtlpSpans Replayed)
{
    /// <summary>Our lines on standard error.</summary>
    public IReadOnlyList<string> Notes { get; } = [.. Outcome.Error.Split('\n').Where(line => line.StartsWith("sparkobs: ", StringComparison.Ordinal))];

    /// <summary>Live equals replay, by the rule of the design.</summary>
    public void AssertSame()
    {
        Assert.NotEmpty(Replayed.Comparable);
        Assert.All(Replayed.Comparable.Zip(Live.Comparable), pair => Assert.Equal(pair.First, pair.Second));
        Assert.Equal(Replayed.Comparable.Count, Live.Comparable.Count);
    }
}
