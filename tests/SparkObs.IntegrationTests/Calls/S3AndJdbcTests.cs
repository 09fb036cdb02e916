using System.Text.RegularExpressions;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Calls;

/// <summary>
/// A job on executors of its own reads PostgreSQL and S3 and writes to both: its calls against what a proxy before the S3 server and
/// PostgreSQL's own log have seen.
/// </summary>
public sealed partial class S3AndJdbcTests
{
    private const string Totals = "totals [(0, 120000, 599995), (1, 120000, 599996), (2, 120000, 599997)]\n";

    [LiveTheory("postgresql")]
    [InlineData("s3,jdbc")]
    [InlineData("s3:exact,jdbc")]
    public async Task Every_call_stands_below_its_task(string calls)
    {
        await using var s3 = await S3Server.StartAsync();
        await using var postgres = await PostgresServer.StartAsync();
        using var spark = new SparkSubmit("3.5.3");

        var run = await spark.LiveAndReplayAsync(
        [
            "--master", "local-cluster[2,1,1024]", "--conf", $"spark.sparkobs.calls={calls}", "--jars", string.Join(',', S3Server.Jars.Append(PostgresServer.Driver)),
            "--conf", "spark.hadoop.fs.s3a.multipart.size=5M", .. s3.Conf, SparkSubmit.Workload("s3_jdbc"), S3Server.Bucket, postgres.JdbcUrl, "600000",
        ]);

        Assert.Equal((0, Totals), (run.Outcome.ExitCode, run.Outcome.Output));
        run.AssertSame();
        var trace = new CallTrace(run.Live);
        Assert.DoesNotContain(trace.Calls, call => call.Error is not null);
        Assert.DoesNotContain(trace.Calls, call => trace.ParentOf(call) is null);
        Expected.AssertRequests(s3.Requests, trace);
        AssertOwners(trace, calls);
        AssertStoredBytes(trace);
        AssertRows(postgres, trace);
        Assert.DoesNotContain("not-a-secret", string.Join('\n', run.Live.All) + run.Outcome.Error, StringComparison.Ordinal);
    }

    /// <summary>What a task's attempt names is that task's, whatever thread asked for it.</summary>
    private static void AssertOwners(CallTrace trace, string calls)
    {
        var owned = trace.S3.Where(call => AttemptIn(call).Success).ToList();
        Assert.True(owned.Count(call => call.Name == "S3.UploadPart") >= 4, "the files went up in parts");
        Assert.All(owned, call => Assert.Equal(AttemptIn(call).Groups[1].Value, trace.TaskOf(call)));
        if (calls.StartsWith("s3:exact", StringComparison.Ordinal))
            Assert.DoesNotContain(trace.S3, call => call["sparkobs.attribution"] is not null);
    }

    /// <summary>Each task's uploads are the bytes that Spark says it wrote; what it got, those that it says it read.</summary>
    private static void AssertStoredBytes(CallTrace trace)
    {
        var uploads = trace.S3.Where(call => call.Name is "S3.UploadPart" or "S3.PutObject" && call["aws.s3.key"]!.EndsWith(".parquet", StringComparison.Ordinal));
        Assert.Equal(trace.MetricPerTask("spark.task.output_bytes"), trace.SumPerTask(uploads, call => call.Number("http.request.body.size")));
        // Tasks that look at a file for its schema are none of Spark SQL's, and say nothing of bytes.
        var read = trace.MetricPerTask("spark.task.input_bytes");
        Assert.Equal(3, read.Count);
        Assert.Equal(read, trace.SumPerTask(trace.S3.Where(call => call.Name == "S3.GetObject"), call => call.Number("http.response.body.size")).Intersect(read));
    }

    /// <summary>Each batch's size is the rows that Spark says its task wrote, and each statement in PostgreSQL's log is a span's.</summary>
    private static void AssertRows(PostgresServer postgres, CallTrace trace)
    {
        Expected.AssertStatements(postgres, trace);
        var inserts = trace.Jdbc.Where(call => call["db.operation.name"] is "INSERT" or "BATCH INSERT").ToList();
        Assert.Equal(1003, inserts.Sum(Rows));
        var writers = inserts.Select(trace.TaskOf).ToHashSet();
        Assert.Equal(
            trace.MetricPerTask("spark.task.output_records").Where(line => writers.Contains(line.Split(' ', ':')[1])),
            trace.SumPerTask(inserts, Rows));
        Assert.Equal(
            ["BATCH INSERT customers: 2", "BATCH INSERT totals: 1", "CREATE TABLE customers: 1", "CREATE TABLE totals: 1", "SELECT customers: 7", "SELECT totals: 4", "commit: 3", "connect: 14"],
            Expected.Counts(trace.Jdbc));
    }

    private static long Rows(Call call) => Math.Max(1, call.Number("db.operation.batch.size"));

    private static Match AttemptIn(Call call) => AttemptInKey().Match(call["aws.s3.key"] ?? call["aws.s3.prefix"] ?? "");

    [GeneratedRegex(@"/attempt_[0-9]+_[0-9]+_m_[0-9]+_([0-9]+)(?:/|$)")]
    private static partial Regex AttemptInKey();
}
