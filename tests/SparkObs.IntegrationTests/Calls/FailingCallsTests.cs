using System.Globalization;
using System.Text.RegularExpressions;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Calls;

/// <summary>Calls that fail: their spans say why, and the job ends as it does without them.</summary>
public sealed partial class FailingCallsTests
{
    private const string Output = """
        busy text of busy
        write None
        gone failed: com.amazonaws.services.s3.model.AmazonS3Exception
        broken failed: com.amazonaws.services.s3.model.AmazonS3Exception
        nowhere failed: java.net.ConnectException
        query failed: org.postgresql.util.PSQLException
        insert failed: org.postgresql.util.PSQLException

        """;

    [LiveFact("postgresql")]
    public async Task Failed_calls_are_errors_and_the_job_ends_the_same()
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var spark = new SparkSubmit("3.5.3");
        var closed = ServerProcess.FreePorts(1)[0];
        var spans = spark.PathOf("spans.jsonl");

        var (plain, untraced) = await RunAsync(postgres, closed, arguments => spark.PlainAsync(arguments));
        var (traced, requests) = await RunAsync(postgres, closed, arguments =>
            spark.TracedAsync(["--output", "otlp-json", "-o", spans], ["--conf", "spark.sparkobs.calls=s3:exact,jdbc", .. arguments]));

        Assert.StartsWith(Output + "Traceback", plain.Output, StringComparison.Ordinal);
        Assert.Contains("org.postgresql.util.PSQLException: ERROR: division by zero\n", plain.Output, StringComparison.Ordinal);
        Assert.Equal(Comparable(plain.Output), Comparable(traced.Output));
        Assert.Equal((1, 1), (plain.ExitCode, traced.ExitCode));
        Same.Assert(untraced.Select(request => $"{request.Operation} {request.Status}"), requests.Select(request => $"{request.Operation} {request.Status}"));
        var trace = new CallTrace(OtlpSpans.Read(spans));
        var refused = $"3: com.amazonaws.SdkClientException: Unable to execute HTTP request: Connect to 127.0.0.1:{closed} [/127.0.0.1] failed: Connection refused";
        Same.Assert(
            [
                "S3.GetObject gone/object below task, 1: NoSuchKey: NoSuchKey",
                "S3.GetObject broken/object below task, 3: 503 Service Unavailable: Service Unavailable",
                "S3.GetObject broken/object below task, 3: 503 Service Unavailable: Service Unavailable",
                $"S3.ListObjectsV2  below application, {refused}", $"S3.ListObjectsV2  below application, {refused}",
                $"S3.HeadObject object below application, {refused}", $"S3.HeadObject object below application, {refused}",
                "SELECT unique_ids  below application, : 42703: ERROR: column \"nosuch\" does not exist\n  Position: 23",
                "BATCH INSERT unique_ids  below task, : 23505: Batch entry 2 INSERT INTO unique_ids (\"id\") VALUES (?) was aborted: ERROR: duplicate key value violates unique "
                    + "constraint \"unique_ids_pkey\"\n  Detail: Key (id)=(?) already exists.  Call getNextException to see other errors in the batch.",
                "SELECT  below application, : 22012: ERROR: division by zero",
            ],
            trace.Calls.Where(call => call.Error is not null).Select(call => $"{call.Name} {call["aws.s3.key"]} below {trace.ParentOf(call)}, {call["sparkobs.call.attempts"]}: {call.Error}"));
        // What came through in the end is no error, and says how often it was tried.
        Same.Assert(
            ["S3.GetObject 206 2", "S3.PutObject 200 2"],
            trace.S3.Where(call => call.Error is null && call["http.request.resend_count"] is not null).Select(call => $"{call.Name} {call["http.response.status_code"]} {call["http.request.resend_count"]}"));
        // Each request that the proxy saw is an attempt of a call; those to no server it cannot see.
        Same.Assert(
            requests.Select(request => $"S3.{request.Operation} {request.Key}"),
            trace.S3.Where(call => call["aws.s3.bucket"] == S3Server.Bucket).SelectMany(call =>
                Enumerable.Repeat($"{call.Name} {call["aws.s3.key"] ?? call["aws.s3.prefix"]}", (int)call.Number("sparkobs.call.attempts"))));
        Assert.DoesNotContain(trace.Calls, call => call.All.Contains("7654321", StringComparison.Ordinal) || call.All.Contains("not-a-secret", StringComparison.Ordinal));
    }

    /// <summary>Without frames of Java's stacks, which name what stands before the driver, and py4j's numbers, which count the conf's entries too.</summary>
    private static IEnumerable<string> Comparable(string output) =>
        ObjectNumber().Replace(output, "calling o.").Split('\n').Where(line => !line.StartsWith("\tat ", StringComparison.Ordinal) && !line.StartsWith("\t... ", StringComparison.Ordinal));

    [GeneratedRegex(@"calling o[0-9]+\.")]
    private static partial Regex ObjectNumber();

    private static async Task<(SparkObsCli.Outcome Outcome, IReadOnlyCollection<S3Request> Requests)> RunAsync(
        PostgresServer postgres, int closed, Func<string[], Task<SparkObsCli.Outcome>> run)
    {
        await using var s3 = await S3Server.StartAsync();
        foreach (var name in new[] { "busy", "gone", "broken" })
            await s3.PutAsync($"{name}/object", $"text of {name}");
        await postgres.QueryAsync("DROP TABLE IF EXISTS unique_ids; CREATE TABLE unique_ids (id bigint PRIMARY KEY); INSERT INTO unique_ids VALUES (5)");
        var (reads, writes) = (0, 0);
        s3.Fails = request =>
            (request is { Operation: "GetObject", Key: "busy/object" } && Interlocked.Increment(ref reads) <= 2)
            || (request.Operation == "PutObject" && request.Key.Contains("part-", StringComparison.Ordinal) && Interlocked.Increment(ref writes) <= 2)
            || request is { Operation: "GetObject", Key: "broken/object" };
        s3.Loses = request => request is { Operation: "HeadObject", Key: "gone/object" };
        var outcome = await run(
        [
            "--master", "local-cluster[2,1,1024]", "--conf", "spark.task.maxFailures=1", "--jars", string.Join(',', S3Server.Jars.Append(PostgresServer.Driver)), .. s3.Conf,
            "--conf", string.Create(CultureInfo.InvariantCulture, $"spark.hadoop.fs.s3a.bucket.nowhere.endpoint=http://127.0.0.1:{closed}"),
            "--conf", "spark.hadoop.fs.s3a.attempts.maximum=2", "--conf", "spark.hadoop.fs.s3a.retry.limit=1", "--conf", "spark.hadoop.fs.s3a.retry.interval=10ms",
            "--conf", "spark.hadoop.fs.s3a.retry.throttle.limit=1", "--conf", "spark.hadoop.fs.s3a.retry.throttle.interval=10ms",
            SparkSubmit.Workload("failing_calls"), S3Server.Bucket, postgres.JdbcUrl,
        ]);
        return (outcome, s3.Requests);
    }
}
