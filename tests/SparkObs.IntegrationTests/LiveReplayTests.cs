using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests;

public sealed class LiveReplayOn353Tests() : LiveReplayTests("3.5.3");

public sealed class LiveReplayOn430Tests() : LiveReplayTests("4.3.0");

/// <summary>
/// Jobs on a real Spark under <c>sparkobs submit</c>, their event log on: what came live equals the replay of the log, and the job's
/// output and exit code are its own.
/// </summary>
public abstract class LiveReplayTests(string version)
{
    [LiveFact]
    public async Task Jobs_on_several_threads()
    {
        using var spark = new SparkSubmit(version);
        string[] arguments = ["--master", "local[2]", SparkSubmit.Workload("threads")];

        var run = await spark.LiveAndReplayAsync(arguments);

        Assert.Equal(
            """
            thread-0 10
            thread-1 332833500
            thread-2 10
            thread-3 332833500
            thread-4 10
            thread-5 332833500

            """,
            run.Outcome.Output);
        AssertDelivered(run, exitCode: 0);
        run.AssertSame();
        Assert.Equal(1, run.Live.Count("application started"));

        var plain = await spark.PlainAsync(arguments);
        Assert.Equal((plain.ExitCode, plain.Output), (run.Outcome.ExitCode, run.Outcome.Output));
    }

    [LiveFact]
    public async Task Queries_that_are_planned_anew_cached_and_written()
    {
        using var spark = new SparkSubmit(version);
        var run = await spark.LiveAndReplayAsync(["--master", "local[2]", SparkSubmit.Workload("queries"), spark.PathOf("table")]);

        Assert.Equal(
            """
            joined [(0, 479748), (1, 479757), (2, 479766), (3, 479775), (4, 479784)]
            broadcast 10000
            cached 1000 10
            written Row(max(amount)=96, count(DISTINCT customer)=1000)

            """,
            run.Outcome.Output);
        AssertDelivered(run, exitCode: 0);
        run.AssertSame();
    }

    [LiveFact]
    public async Task Failures_a_cancelled_group_and_an_exit_code()
    {
        using var spark = new SparkSubmit(version);
        string[] arguments = ["--master", "local[2]", SparkSubmit.Workload("failures")];

        var run = await spark.LiveAndReplayAsync(arguments);

        Assert.Contains("slow failed: ", run.Outcome.Output, StringComparison.Ordinal);
        AssertDelivered(run, exitCode: 3);
        run.AssertSame();
        var application = run.Live.Application;
        Assert.Equal("""{"message":"The application ended with exit code 3","code":2}""", application.GetProperty("status").ToString());

        var plain = await spark.PlainAsync(arguments);
        Assert.Equal((plain.ExitCode, plain.Output), (run.Outcome.ExitCode, run.Outcome.Output));
    }

    [LiveFact]
    public async Task A_streaming_query()
    {
        using var spark = new SparkSubmit(version);
        var run = await spark.LiveAndReplayAsync(["--master", "local[2]", SparkSubmit.Workload("stream")]);

        Assert.Equal("sums [(0, 8850), (1, 8910), (2, 8970), (3, 9030), (4, 9090)]\n", run.Outcome.Output);
        AssertDelivered(run, exitCode: 0);
        run.AssertSame();
        Assert.Equal(3, run.Live.Count("batch sums"));
    }

    [LiveFact]
    public async Task An_executor_that_is_killed()
    {
        using var spark = new SparkSubmit(version);
        var run = await spark.LiveAndReplayAsync(["--master", "local-cluster[2,1,1024]", SparkSubmit.Workload("lost_executor")]);

        Assert.Equal(
            """
            before [(0, 8850), (1, 8910), (2, 8970), (3, 9030), (4, 9090)]
            after [(0, 14850), (1, 14950), (2, 15050)]

            """,
            run.Outcome.Output);
        AssertDelivered(run, exitCode: 0);
        run.AssertSame();
        Assert.NotEqual("0", OtlpSpans.Attribute(run.Live.Application, "spark.app.executors_removed"));
    }

    [LiveFact]
    public async Task Python_code_in_a_task_computes_the_tasks_span()
    {
        using var spark = new SparkSubmit(version);
        var run = await spark.LiveAndReplayAsync(["--master", "local-cluster[2,1,1024]", "--py-files", SparkSubmit.PythonHelper, SparkSubmit.Workload("udf_span")]);

        AssertDelivered(run, exitCode: 0);
        run.AssertSame();
        var spans = run.Live.Named("task").Select(task =>
            $"{OtlpSpans.Attribute(task, "spark.task.id")} 00-{task.GetProperty("traceId").GetString()}-{task.GetProperty("spanId").GetString()}-01 50");
        var computed = run.Outcome.Output.Trim().Split('\n').Select(line => line.Split(' ', 2)).ToList();
        Assert.Equal(["rdd", "rdd", "query", "query"], computed.Select(line => line[0]));
        Assert.Equal(spans.Order(), computed.Select(line => line[1]).Order());
    }

    /// <summary>In a Java job on executors of their own: plugin, listener and jar of a properties file stay beside ours.</summary>
    [LiveFact]
    public async Task The_users_own_plugin_listener_and_jar()
    {
        using var spark = new SparkSubmit(version);
        var (job, own) = JavaJob.Build(spark);
        var properties = spark.PathOf("job.properties");
        await File.WriteAllTextAsync(properties, $"""
            # a user's
            spark.plugins        OwnPlugin
            spark.extraListeners = OwnListener
            spark.jars           {own}
            spark.own.setting:   of the file
            """);

        var run = await spark.LiveAndReplayAsync(
            ["--master", "local-cluster[2,1,1024]", "--properties-file", properties, "--class", JavaJob.Main, job, "--jars", "is mine"]);

        Assert.Equal(
            """
            executors [from the driver]
            rows 3
            plugin true, setting of the file, arguments [--jars, is mine]
            listener true

            """,
            run.Outcome.Output);
        AssertDelivered(run, exitCode: 4);
        run.AssertSame();
    }

    /// <summary>Executors that do not find the plugin's class would die for ever.</summary>
    [LiveFact]
    public async Task A_jar_that_the_code_puts_in_the_place_of_all_others()
    {
        using var spark = new SparkSubmit(version);
        var (_, own) = JavaJob.Build(spark);
        var job = spark.PathOf("jars.py");
        await File.WriteAllTextAsync(job, """
            import sys
            from pyspark.sql import SparkSession
            spark = SparkSession.builder.appName("jars").config("spark.jars", sys.argv[1]).getOrCreate()
            print("sum", spark.sparkContext.parallelize(range(10), 2).map(lambda x: x + 1).sum())
            """);

        var run = await spark.LiveAndReplayAsync(["--master", "local-cluster[2,1,1024]", job, own]);

        Assert.Equal("sum 55\n", run.Outcome.Output);
        AssertDelivered(run, exitCode: 0);
        run.AssertSame();
    }

    private static void AssertDelivered(LiveRun run, int exitCode)
    {
        Assert.Equal(exitCode, run.Outcome.ExitCode);
        Assert.Equal(exitCode.ToString(System.Globalization.CultureInfo.InvariantCulture), OtlpSpans.Attribute(run.Live.Application, "sparkobs.exit_code"));
        Assert.Null(OtlpSpans.Attribute(run.Live.Application, "sparkobs.events.lost"));
        var trace = run.Live.Application.GetProperty("traceId").GetString();
        Assert.Equal($"sparkobs: trace {trace}", run.Notes[0]);
        Assert.Matches($@"^sparkobs: .+ \([a-z]+-[0-9-]+\): [0-9,]+ spans written to .+/live.jsonl; trace {trace}$", run.Notes[1]);
        Assert.Equal(2, run.Notes.Count);
    }
}
