using System.Text.RegularExpressions;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Calls;

/// <summary>Jobs with and without each kind of call: output, exit code and files are the same, and the calls were seen.</summary>
public sealed partial class SameResultsTests
{
    [LiveTheory]
    [InlineData("3.5.3")]
    [InlineData("4.3.0")]
    public async Task Files(string version)
    {
        using var spark = new SparkSubmit(version);
        string[] arguments = ["--master", "local[2]", SparkSubmit.Workload("file_formats")];
        var (plain, traced, spans) = (spark.PathOf("plain"), spark.PathOf("calls"), spark.PathOf("spans.jsonl"));

        var before = await spark.PlainAsync([.. arguments, new Uri(plain).AbsoluteUri]);
        var after = await TracedAsync(spark, "fs:file", spans, [.. arguments, new Uri(traced).AbsoluteUri]);

        AssertSame(before, after);
        Assert.Equal(StoredFiles.InFolder(plain), StoredFiles.InFolder(traced));
        // How often a running stream looks for files is a matter of time.
        var seen = SeenCalls.ByName(spans, "fs");
        Assert.Equal(["file.create: 86", "file.delete: 48", "file.mkdirs: 21", "file.rename: 101"], seen.Where(name => !Looks().IsMatch(name)));
        Assert.Equal(["file.list", "file.open", "file.status"], seen.Where(name => Looks().IsMatch(name)).Select(name => name[..name.IndexOf(':', StringComparison.Ordinal)]));
    }

    [LiveFact]
    public async Task Objects_on_S3()
    {
        await using var s3 = await S3Server.StartAsync();
        using var spark = new SparkSubmit("3.5.3");
        string[] arguments = ["--master", "local[2]", "--jars", string.Join(',', S3Server.Jars), .. s3.Conf, SparkSubmit.Workload("file_formats")];

        var before = await spark.PlainAsync([.. arguments, $"s3a://{S3Server.Bucket}/plain"]);
        var changes = Operations(s3.Requests.Where(Changes));
        var files = await StoredFiles.InBucketAsync(s3, "plain");

        foreach (var (calls, folder) in new[] { ("s3", "calls"), ("s3:exact", "exact") })
        {
            var (sent, spans) = (s3.Requests.Count, spark.PathOf(folder));
            var after = await TracedAsync(spark, calls, spans, [.. arguments, $"s3a://{S3Server.Bucket}/{folder}"]);
            AssertSame(before, after);
            var requests = s3.Requests.Skip(sent).ToArray();
            Assert.Equal(Operations(requests), SeenCalls.ByName(spans, "s3"));
            Assert.Equal(changes, Operations(requests.Where(Changes)));
            Assert.Equal(files, await StoredFiles.InBucketAsync(s3, folder));
        }
    }

    [LiveTheory("postgresql")]
    [InlineData("3.5.3", 208, 26)]
    [InlineData("4.3.0", 260, 58)]
    public async Task Tables(string version, int connects, int commits)
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var spark = new SparkSubmit(version);
        var spans = spark.PathOf("spans.jsonl");
        var drivers = string.Join(Path.PathSeparator, Path.Combine(Toolbox.Folder, "jars", "h2-2.4.240.jar"), PostgresServer.Driver);
        string[] Arguments(string h2Again, string postgresAgain) =>
        [
            "--master", "local[2]", "--driver-class-path", drivers, SparkSubmit.Workload("jdbc_formats"),
            "jdbc:h2:mem:shop;DB_CLOSE_DELAY=-1", "org.h2.Driver", "jdbc:h2:mem:shop;DB_CLOSE_DELAY=-1", h2Again,
            postgres.JdbcUrl, "org.postgresql.Driver", postgres.JdbcUrl, postgresAgain,
        ];

        var before = await spark.PlainAsync(Arguments("org.h2.Driver", "org.postgresql.Driver"));
        var statements = Statements(postgres, 0);
        var seen = postgres.Statements().Count;
        var after = await TracedAsync(spark, "jdbc", spans, Arguments("io.sparkobs.calls.TracingDriver", "io.sparkobs.calls.TracingDriver"));

        AssertSame(before, after);
        Assert.Equal(
            ["RESULT own connection org.h2.jdbc.JdbcConnection org.h2.jdbc.JdbcStatement 500", "RESULT own connection org.postgresql.jdbc.PgConnection org.postgresql.jdbc.PgStatement 500"],
            after.Output.Split('\n').Where(line => line.Contains("own connection", StringComparison.Ordinal)).Distinct());
        Assert.Equal(statements, Statements(postgres, seen));
        // Each database twice; H2's tables cannot be truncated, so Spark drops them.
        Assert.Equal(
            [
                "BATCH INSERT orders: 32", "BATCH INSERT orders2: 12", "CREATE TABLE orders: 6", "CREATE TABLE orders2: 4", "DROP TABLE orders: 2", "SELECT: 4",
                "SELECT nosuch: 4", "SELECT orders: 138", "SELECT orders2: 36", "TRUNCATE orders: 2", $"commit: {commits}", $"connect: {connects}",
            ],
            SeenCalls.ByName(spans, "jdbc"));
    }

    private static Task<SparkObsCli.Outcome> TracedAsync(SparkSubmit spark, string calls, string spans, string[] arguments) =>
        spark.TracedAsync(["--output", "otlp-json", "-o", spans], ["--conf", $"spark.sparkobs.calls={calls}", .. arguments]);

    private static void AssertSame(SparkObsCli.Outcome plain, SparkObsCli.Outcome traced)
    {
        Assert.True(plain.ExitCode == 0 && plain.Output.EndsWith('\n'), plain.Error);
        Assert.Equal(plain.Output, traced.Output);
        Assert.Equal(plain.ExitCode, traced.ExitCode);
    }

    /// <summary>Sorted, since tasks run side by side; the driver's own questions name tables by numbers.</summary>
    private static IReadOnlyList<string> Statements(PostgresServer postgres, int after) =>
    [
        .. postgres.Statements().Skip(after)
            .Select(text => text.StartsWith("SELECT c.oid", StringComparison.Ordinal) ? ObjectId().Replace(text, "OID") : text).Order(StringComparer.Ordinal),
    ];

    [GeneratedRegex("^file.(list|open|status):")]
    private static partial Regex Looks();

    [GeneratedRegex(@"(?<=SELECT |oid in \()[0-9]+")]
    private static partial Regex ObjectId();

    /// <summary>
    /// Requests that a job makes equally often each time. Not so: looking, which a running stream does as often as there is time, and the
    /// markers of folders, which S3A puts back when the last of several tasks has left one, and deletes with the next object below it.
    /// </summary>
    private static bool Changes(S3Request request) =>
        request.Operation is "PutObject" or "CopyObject" or "DeleteObject" or "CreateMultipartUpload" or "UploadPart" or "CompleteMultipartUpload" or "AbortMultipartUpload"
        && !request.Key.EndsWith('/');

    /// <summary>How many there are of each operation.</summary>
    private static IReadOnlyList<string> Operations(IEnumerable<S3Request> requests) =>
    [
        .. requests.GroupBy(request => request.Operation).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"S3.{group.Key}: {group.Count()}"),
    ];
}
