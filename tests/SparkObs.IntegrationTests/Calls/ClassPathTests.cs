using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Calls;

/// <summary>hadoop-aws in Spark's own jars, where the AWS SDK does not see a jar that comes by --jars.</summary>
public sealed class ClassPathTests
{
    private const string OnDriver = "SparkObs: calls to S3 are not seen on the driver: the AWS SDK is on Spark's class path and SparkObs's jar is not "
        + "(--jars is not enough). Set spark.driver.extraClassPath to the jar's path there, or spark.sparkobs.calls to a list without s3.";

    private const string OnExecutors = "SparkObs: calls to S3 are not seen on executors: the AWS SDK is on Spark's class path and SparkObs's jar is not "
        + "(--jars is not enough). Set spark.executor.extraClassPath to the jar's path there, or spark.sparkobs.calls to a list without s3.";

    [LiveFact]
    public async Task Unseen_calls_are_said_and_seen_with_the_setting()
    {
        await using var s3 = await S3Server.StartAsync();
        await s3.PutAsync("texts/object", "one\ntwo\nthree\n");
        using var spark = new SparkSubmit("3.5.3");
        spark.MoveHome(S3Server.Jars);
        var script = spark.PathOf("job.py");
        var spans = spark.PathOf("spans.jsonl");
        await File.WriteAllTextAsync(script, """
            import sys
            from pyspark.sql import SparkSession
            spark = SparkSession.builder.appName("lines").getOrCreate()
            print(spark.read.text(sys.argv[1]).repartition(2).count())
            spark.stop()
            """);
        string[] job = ["--master", "local-cluster[2,1,1024]", .. s3.Conf, script, $"s3a://{S3Server.Bucket}/texts"];

        var plain = await spark.PlainAsync(
        [
            "--jars", SparkObsCli.Jar, "--conf", "spark.plugins=io.sparkobs.SparkObsPlugin",
            "--conf", $"spark.sparkobs.endpoint=127.0.0.1:{ServerProcess.FreePorts(1)[0]}", "--conf", $"spark.sparkobs.spool.dir={spark.PathOf("spool")}", .. job,
        ]);
        var logs = spark.ExecutorLogs();
        var before = s3.Requests.Count;
        // The driver's side is submit's matter.
        var traced = await spark.TracedAsync(["--output", "otlp-json", "-o", spans], ["--conf", $"spark.executor.extraClassPath={SparkObsCli.Jar}", .. job]);
        var mended = spark.ExecutorLogs().Except(logs).ToList();

        Assert.Equal((0, "3\n"), (plain.ExitCode, plain.Output));
        Assert.Equal([OnDriver], Warnings(plain.Error));
        Assert.Equal(2, logs.Count);
        Assert.All(logs, log => Assert.Equal([OnExecutors], Warnings(log)));

        Assert.Equal((0, "3\n"), (traced.ExitCode, traced.Output));
        Assert.Equal(2, mended.Count);
        Assert.All(mended.Append(traced.Error), log => Assert.Empty(Warnings(log)));
        var trace = new CallTrace(OtlpSpans.Read(spans));
        Expected.AssertRequests(s3.Requests.Skip(before), trace);
        Assert.Equal(["driver", "task"], trace.S3.Select(call => trace.TaskOf(call) is null ? call["spark.executor.id"] : "task").Distinct().Order(StringComparer.Ordinal));
    }

    [LiveFact]
    public async Task Doctor_says_it()
    {
        using var spark = new SparkSubmit("3.5.3");
        spark.MoveHome(S3Server.Jars);

        var doctor = await SparkObsCli.RunAsync([new("SPARK_HOME", spark.Home)], "doctor");

        Assert.Equal(
            [
                "! S3         hadoop-aws is in Spark's jars: executors' S3 calls are not seen, for --jars is not enough",
                "             put sparkobs-shim.jar on each node and set spark.executor.extraClassPath to it, or put it into Spark's jars; submit sets the driver's class path",
            ],
            doctor.Output.Split('\n').Where(line => line.Contains("S3", StringComparison.Ordinal) || line.Contains("ClassPath", StringComparison.Ordinal)));
    }

    /// <summary>What is said of S3, as often as it is.</summary>
    private static IEnumerable<string> Warnings(string log) =>
        log.Split('\n').Where(line => line.Contains("calls to S3", StringComparison.Ordinal)).Select(line => line[line.IndexOf("SparkObs: ", StringComparison.Ordinal)..]);
}
