using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Connect;

/// <summary>A real Spark Connect server, and two of Spark's own clients at once that tag what they do with their spans.</summary>
public sealed partial class ConnectTests
{
    private static readonly ConnectClient[] Clients =
    [
        new("alice", "11111111-1111-4111-8111-111111111111", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        new("bob", "22222222-2222-4222-8222-222222222222", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
    ];

    /// <summary>What stands in a client's trace, below each of its own spans.</summary>
    private const string Tree =
        """
        1
          operation sort, finished, 3
            sql
              job, succeeded
                stage
                  task
                    shuffle write
                  task
                    shuffle write
              job, succeeded
                stage
                  task
                    shuffle read
              job, succeeded
                stage
                  task
                    shuffle read
                    shuffle write
              job, succeeded
                stage
                  task
                    shuffle read
        2
          operation create_dataframe_view, finished
            sql
        3
          operation sql_command, finished, 0
          operation sql, finished, 1
            sql
              job, succeeded
                stage
                  task
                    shuffle write
                  task
                    shuffle write
              job, succeeded
                stage
                  task
                    shuffle read
        4
          operation write_operation, finished
            sql
              job, succeeded
                stage
                  task
                  task
        5
          operation sql_command, finished, 1
            sql
          operation local_relation, finished, 1
        6
          operation sql_command, finished, 0
          operation sql, failed, USER_RAISED_EXCEPTION
            sql, USER_RAISED_EXCEPTION
              job, failed, USER_RAISED_EXCEPTION
                stage, USER_RAISED_EXCEPTION
                  task, USER_RAISED_EXCEPTION
        7
          operation project, canceled, cancelled
            sql, cancelled
              job, cancelled, cancelled
                stage, cancelled
                  task
        8
          operation project, canceled, cancelled
            sql, cancelled
              job, cancelled, cancelled
                stage, cancelled
                  task
        9
          operation write_stream_operation_start, finished
          operation streaming_query_command, finished

        """;

    [LiveFact]
    public async Task Each_operation_query_and_job_stands_below_its_clients_span()
    {
        using var spark = new SparkSubmit("4.3.0");
        spark.Environment["PYTHONPATH"] = ConnectClient.PythonPath;
        var port = ServerProcess.FreePorts(1)[0];
        string[] outputs = [];

        var run = await spark.LiveAndReplayAsync(
            [
                "--master", "local[2]", "--name", "connect", "--conf", "spark.sql.shuffle.partitions=2",
                "--conf", $"spark.connect.grpc.binding.port={port}", "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal",
            ],
            async server =>
            {
                await ListensAsync(port, server);
                outputs = await Task.WhenAll(Clients.Select(client => client.RunAsync(spark, port, spark.PathOf(""), Clients)));
                using var stop = Process.Start("kill", ["-TERM", server.Id.ToString(CultureInfo.InvariantCulture)]);
                await stop.WaitForExitAsync();
            });

        Assert.All(outputs, output => Assert.Equal(
            """
            before [(0,), (1,)]
            query [(0, 334), (1, 333), (2, 333)]
            view None
            of the view [(1000,)]
            write None
            without jobs [('', 'numbers', True)]
            failing SparkRuntimeException
            by tag (1, ['UnknownException'])
            all (1, ['UnknownException'])
            stream None
            unsampled [(0,), (1,)]
            after [(499500,)]

            """, output));
        Assert.Equal(143, run.Outcome.ExitCode);
        run.AssertSame();
        AssertTrees(run.Live);
        AssertTrees(run.Replayed);
    }

    private static void AssertTrees(OtlpSpans spans)
    {
        foreach (var client in Clients)
        {
            AssertIs(Tree, ConnectTree.Of(spans, client.Trace));
            AssertOperations(spans, client);
            AssertBatch(spans, client);
        }
        var ofTheApplication = spans.All.Where(span => span.GetProperty("traceId").GetString() == spans.Application.GetProperty("traceId").GetString());
        Assert.Equal(["application"], ofTheApplication.Select(Name).Where(name => name != "application started"));
        // Of each client the operation, its query, job, stage and two tasks.
        Assert.Equal("12", OtlpSpans.Attribute(spans.Application, "sparkobs.spans_unsampled"));
    }

    /// <summary>Session, user, tags and statement of all operations of a client, and those below no caller.</summary>
    private static void AssertOperations(OtlpSpans spans, ConnectClient client)
    {
        var operations = ConnectTree.Operations(spans).Where(span => OtlpSpans.Attribute(span, "spark.connect.user.id") == client.User).ToList();
        Assert.All(operations, span => Assert.Equal(client.Session, OtlpSpans.Attribute(span, "spark.connect.session.id")));
        var tagged = operations.Where(span => span.TryGetProperty("parentSpanId", out _)).ToList();
        Assert.All(tagged, span => Assert.Equal(client.Trace, span.GetProperty("traceId").GetString()));
        Assert.All(tagged, span => Assert.Equal(
            $$"""{"values":[{"stringValue":"traceparent=00-{{client.Trace}}-{{span.GetProperty("parentSpanId")}}-01"}]}""",
            OtlpSpans.Attribute(span, "spark.connect.session.tags")));
        Assert.Equal(
            ["SELECT count(*) FROM numbers", "SHOW TABLES", "SELECT raise_error('not this one') FROM range(0, 1, 1, 1)"],
            tagged.Where(span => Name(span) == "operation sql_command").OrderBy(Start).Select(Query));

        var own = operations.Except(tagged).OrderBy(Start).ToList();
        AssertIs(
            """
            operation range, finished, 2
              sql
                job, succeeded
                  stage
                    task
                    task
            operation sql_command, finished, 0
            operation sql, finished, 1
              sql
                job, succeeded
                  stage
                    task
                      shuffle write
                    task
                      shuffle write
                job, succeeded
                  stage
                    task
                      shuffle read

            """, ConnectTree.Of(spans, own));
        Assert.Equal("SELECT sum(id) FROM numbers", Query(own[^1]));
        Assert.Equal(own.Count, own.Select(span => span.GetProperty("traceId").GetString()).Distinct().Count());
    }

    /// <summary>The stream that a client started: its batch is a trace of its own, which leads to the operation that started it.</summary>
    private static void AssertBatch(OtlpSpans spans, ConnectClient client)
    {
        var start = spans.Named("operation write_stream_operation_start").Single(span => span.GetProperty("traceId").GetString() == client.Trace);
        var batch = spans.Named("batch").Single(span => Links(span).Contains(start.GetProperty("spanId").GetString()));
        Assert.Equal([spans.Application.GetProperty("spanId").GetString(), start.GetProperty("spanId").GetString()], Links(batch));
        AssertIs(
            """
            batch
              sql
                sql
                  job run at <unknown>:0, succeeded
                    stage run at <unknown>:0
                      task
                      task

            """, ConnectTree.Of(spans, [batch]));
    }

    private static void AssertIs(string expected, string tree) => Assert.True(expected == tree, $"The tree is\n{tree}");

    private static IEnumerable<string?> Links(JsonElement span) => span.GetProperty("links").EnumerateArray().Select(link => link.GetProperty("spanId").GetString());

    private static string Name(JsonElement span) => span.GetProperty("name").GetString()!;

    private static string Start(JsonElement span) => span.GetProperty("startTimeUnixNano").GetString()!;

    /// <summary>The SQL text in an operation's statement, which is protobuf text.</summary>
    private static string Query(JsonElement operation) =>
        QueryField().Match(OtlpSpans.Attribute(operation, "spark.connect.statement")!).Groups[1].Value.Replace("\\'", "'", StringComparison.Ordinal);

    /// <summary>Waits until the server takes connections, or has ended.</summary>
    private static async Task ListensAsync(int port, Process server)
    {
        for (var watch = Stopwatch.StartNew(); !server.HasExited && watch.Elapsed < TimeSpan.FromMinutes(2); await Task.Delay(100))
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", port);
                return;
            }
            catch (SocketException)
            {
            }
        }
        Assert.Fail("The Connect server does not listen");
    }

    [GeneratedRegex("query: \"(.*)\"")]
    private static partial Regex QueryField();
}
