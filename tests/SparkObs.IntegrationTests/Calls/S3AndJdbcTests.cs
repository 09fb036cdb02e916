using System.Text.Json;
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

    [LiveTheory]
    [InlineData("s3,jdbc")]
    [InlineData("s3:exact,jdbc")]
    public async Task Every_call_stands_below_its_task(string calls)
    {
        await using var s3 = await S3Server.StartAsync();
        await using var postgres = await PostgresServer.StartAsync();
        using var spark = new SparkSubmit("3.5.3");

        var run = await spark.LiveAndReplayAsync([.. Conf(s3, calls), SparkSubmit.Workload("s3_jdbc"), S3Server.Bucket, postgres.JdbcUrl, "600000"]);

        Assert.Equal((0, Totals), (run.Outcome.ExitCode, run.Outcome.Output));
        run.AssertSame();
        var trace = new CallTrace(run.Live);
        AssertRequests(s3, trace);
        AssertOwners(trace, exact: calls.StartsWith("s3:exact", StringComparison.Ordinal));
        AssertStatements(postgres, trace);
    }

    internal static string[] Conf(S3Server s3, string calls) =>
    [
        "--master", "local-cluster[2,1,1024]", "--conf", $"spark.sparkobs.calls={calls}",
        "--jars", string.Join(',', S3Server.Jars.Append(Path.Combine(Toolbox.Folder, "jars", "postgresql-42.7.8.jar"))),
        "--conf", "spark.hadoop.fs.s3a.multipart.size=5M", .. s3.Conf,
    ];

    /// <summary>Each request is a span, and each span a request, with its bucket, key, status and bytes.</summary>
    private static void AssertRequests(S3Server s3, CallTrace trace)
    {
        Assert.True(s3.Requests.Count(request => request.Operation == "UploadPart") >= 4, "the files went up in parts");
        Assert.Equal(
            s3.Requests.Select(request => $"S3.{request.Operation} {request.Bucket} '{request.Key}' {request.Status} {request.Sent} {request.Received}").Order(StringComparer.Ordinal),
            trace.S3.Select(call => $"{call.Name} {call["aws.s3.bucket"]} '{call["aws.s3.key"] ?? call["aws.s3.prefix"]}' {call["http.response.status_code"]} {call["http.request.body.size"] ?? "0"} {call["http.response.body.size"] ?? "0"}").Order(StringComparer.Ordinal));
    }

    /// <summary>A key of a task's attempt names the task.</summary>
    private static void AssertOwners(CallTrace trace, bool exact)
    {
        var owned = 0;
        foreach (var call in trace.S3)
        {
            if (call["aws.s3.key"] is { } key && AttemptInKey().Match(key) is { Success: true } attempt && call["sparkobs.attribution"] is null && trace.TaskOf(call) is { } task)
            {
                Assert.Equal(attempt.Groups[1].Value, task);
                owned++;
            }
            if (exact)
                Assert.Null(call["sparkobs.attribution"]);
        }
        Assert.True(owned > 10, $"only {owned} calls of tasks' attempts");
    }

    /// <summary>What PostgreSQL executed is what the spans say, each statement with its literals taken out.</summary>
    private static void AssertStatements(PostgresServer postgres, CallTrace trace)
    {
        var spans = trace.Jdbc;
        var statements = postgres.Statements();
        Assert.NotEmpty(statements);
        Assert.All(spans, span => Assert.Equal("postgresql", span["db.system.name"]));
        Assert.DoesNotContain(spans, span => span.All.Contains("not-a-secret", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"/attempt_[0-9]+_[0-9]+_m_[0-9]+_([0-9]+)/")]
    private static partial Regex AttemptInKey();
}

/// <summary>The calls of a trace.</summary>
internal sealed class CallTrace
{
    private readonly Dictionary<string, JsonElement> spans;

    public CallTrace(OtlpSpans live)
    {
        spans = live.All.GroupBy(span => span.GetProperty("spanId").GetString()!).ToDictionary(group => group.Key, group => group.Last());
        Calls = [.. live.All.Where(span => span.GetProperty("kind").GetInt32() == 3).Select(span => new Call(span))];
    }

    public IReadOnlyList<Call> Calls { get; }

    public IEnumerable<Call> S3 => Calls.Where(call => call["sparkobs.call.kind"] == "s3");

    public IEnumerable<Call> Jdbc => Calls.Where(call => call["sparkobs.call.kind"] == "jdbc");

    /// <summary>The id of the task that the call stands below, or null.</summary>
    public string? TaskOf(Call call) =>
        spans.GetValueOrDefault(call.Parent) is { ValueKind: JsonValueKind.Object } parent && parent.GetProperty("name").GetString() == "task"
            ? OtlpSpans.Attribute(parent, "spark.task.id")
            : null;
}

internal sealed class Call(JsonElement span)
{
    public string Name => span.GetProperty("name").GetString()!;

    public string Parent => span.TryGetProperty("parentSpanId", out var parent) ? parent.GetString()! : "";

    public bool IsError => span.TryGetProperty("status", out var status) && status.TryGetProperty("code", out var code) && code.GetInt32() == 2;

    public string All => span.ToString();

    public string? this[string key] => OtlpSpans.Attribute(span, key);
}
