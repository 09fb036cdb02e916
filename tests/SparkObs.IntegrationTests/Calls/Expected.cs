using System.Text.RegularExpressions;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Calls;

/// <summary>Call spans against what the servers have seen.</summary>
internal static partial class Expected
{
    /// <summary>
    /// How statements begin that PostgreSQL's JDBC driver sends of itself: when it connects, before the first statement of a transaction,
    /// where Spark sets a connection's isolation, and to answer what Spark asks of a connection's and a result's metadata.
    /// </summary>
    private static readonly string[] DriversOwn =
    [
        Connects, Begins, "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
        "SELECT setting FROM pg_catalog.pg_settings WHERE name=?",
        "SELECT c.oid, a.attnum, a.attname, c.relname, n.nspname, ",
    ];

    private const string Connects = "SET application_name = ?";
    private const string Begins = "BEGIN";

    /// <summary>Each request is a span and each span a request: operation, bucket, key or prefix, status and bytes both ways.</summary>
    public static void AssertRequests(IEnumerable<S3Request> requests, CallTrace trace)
    {
        Assert.DoesNotContain(trace.S3, call => call["sparkobs.aggregated"] is not null);
        Same.Assert(
            requests.Select(request => $"S3.{request.Operation} {request.Bucket} '{request.Key}' {request.Status} {request.Sent} {request.Received}"),
            trace.S3.Select(call => $"{call.Name} {call["aws.s3.bucket"]} '{call["aws.s3.key"] ?? call["aws.s3.prefix"]}' {call["http.response.status_code"]} {call.Number("http.request.body.size")} {call.Number("http.response.body.size")}"));
    }

    /// <summary>
    /// Each statement of the log is an execution that a span tells of, batches with their size, and each span's is in the log; both without
    /// literals. Of the driver's own, a connection's and a transaction's first are as many as
    /// there are connects, and commits with rollbacks.
    /// </summary>
    public static void AssertStatements(PostgresServer postgres, CallTrace trace)
    {
        Assert.DoesNotContain(trace.Jdbc, call => call["sparkobs.aggregated"] is not null);
        Assert.All(trace.Jdbc, call => Assert.Equal(
            ("postgresql", "postgres", "127.0.0.1", postgres.Port), (call["db.system.name"], call["db.namespace"], call["server.address"], (int)call.Number("server.port"))));
        var statements = postgres.Statements().Select(WithoutLiterals).ToList();
        Same.Assert(statements.Where(statement => !DriversOwn.Any(own => statement.StartsWith(own, StringComparison.Ordinal))), trace.Jdbc.SelectMany(Executions));
        Assert.Equal(statements.Count(statement => statement == Connects), trace.Jdbc.Count(call => call.Name == "connect"));
        Assert.Equal(statements.Count(statement => statement == Begins), trace.Jdbc.Count(call => call.Name is "commit" or "rollback"));
    }

    /// <summary>Calls by name, with their count.</summary>
    public static IReadOnlyList<string> Counts(IEnumerable<Call> calls) =>
        [.. calls.GroupBy(call => call.Name).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key}: {group.Count()}")];

    private static IEnumerable<string> Executions(Call call) => call.Name switch
    {
        "connect" => [],
        "commit" => ["COMMIT"],
        "rollback" => ["ROLLBACK"],
        _ => Enumerable.Repeat(call["db.query.text"]!, Math.Max(1, (int)call.Number("db.operation.batch.size"))),
    };

    private static string WithoutLiterals(string statement) => Spaces().Replace(Literal().Replace(statement, "?"), " ").Trim();

    [GeneratedRegex(@"'(?:[^']|'')*'|\$[0-9]+|\b[0-9]+(?:\.[0-9]+)?\b")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
