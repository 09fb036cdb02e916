using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Export;
using SparkObs.Spark.Tests.InProcess;
using SparkObs.Spark.Tests.Tracing;

namespace SparkObs.Spark.Tests.Bridge;

[Collection(nameof(OneProcessHasOneCore))]
public sealed class SparkObservabilityTests
{
    [LogFact]
    public async Task Started_in_process_it_takes_events_and_sends_spans()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.Grpc);
        var notices = new List<string>();
        string tokenFile;
        await using (var observability = SparkObservability.Start(new SparkObsOptions { OtlpEndpoint = collector.Endpoint.ToString(), Notice = notices.Add }))
        {
            tokenFile = observability.SparkConf["spark.sparkobs.token.file"];
            Assert.Equal(["spark.sparkobs.endpoint", "spark.sparkobs.token.file"], observability.SparkConf.Keys.Order());
            Assert.Equal(observability.Endpoint, observability.SparkConf["spark.sparkobs.endpoint"]);
            Assert.Equal(observability.Token, await File.ReadAllTextAsync(tokenFile));
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(tokenFile) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));

            using var driver = await BridgeClient.ConnectAsync(observability.Endpoint);
            var lines = TestLogs.Lines("3.5.3/failures");
            await driver.SendAsync(BridgeClient.Hello("s", token: observability.Token));
            Assert.Equal("{\"ok\":true,\"ack\":0,\"durability\":\"memory\"}", await driver.ReadLineAsync());
            await driver.SendLinesAsync(lines.Take(lines.Count - 1));
            await driver.WaitForAcknowledgementAsync(lines.Count - 1);
            await observability.FlushAsync();
            Assert.DoesNotContain(Spans(collector), span => span.Name == "application");
            Assert.Contains(Spans(collector), span => span.Name == "application started");

            await driver.SendLinesAsync(lines.Skip(lines.Count - 1), lines.Count);
            await driver.WaitForAcknowledgementAsync(lines.Count);
        }

        var replay = await Trace.OfLogAsync(TestLogs.Workload("3.5.3/failures"));
        Assert.Equal(
            replay.Spans.Select(span => span.Id.ToString()).Order(),
            Spans(collector).Where(span => !span.Name.EndsWith(" started", StringComparison.Ordinal)).Select(span => span.SpanId).Order());
        Assert.False(File.Exists(tokenFile));
        Assert.Empty(notices);
    }

    [Fact]
    public void Collector_that_is_away_does_not_hold_up_the_end()
    {
        var notices = new List<string>();
        var observability = SparkObservability.Start(new SparkObsOptions { OtlpEndpoint = "http://127.0.0.1:1", FlushTimeout = TimeSpan.Zero, Notice = notices.Add });

        observability.Dispose();
        observability.Dispose();

        Assert.Empty(notices);
    }

    [Fact]
    public void Wrong_option_is_one_clear_error()
    {
        Assert.Equal(
            "Listen: 'tcp://192.0.2.1:4319' is not loopback, and what is sent there must be encrypted; use tls://192.0.2.1:4319 with a certificate, or tcp://127.0.0.1:4319 or unix:/path beside the driver.",
            ErrorOf(new SparkObsOptions { Listen = "tcp://192.0.2.1:4319" }));
        Assert.Equal(
            "IdleTimeout: '00:00:05' is out of range; use 20 s to 86400 s (the variable: a number of seconds).",
            ErrorOf(new SparkObsOptions { IdleTimeout = TimeSpan.FromSeconds(5) }));
        Assert.Equal("Token is empty; leave it unset for a random one.", ErrorOf(new SparkObsOptions { Token = "" }));
        Assert.Equal(
            "--endpoint: 'ftp://x' is not supported; use an address such as http://localhost:4317 (gRPC) or https://host:4318 (HTTP).",
            ErrorOf(new SparkObsOptions { OtlpEndpoint = "ftp://x" }));
    }

    [Theory]
    [InlineData("SPARKOBS_LISTEN", "0.0.0.0:1", "SPARKOBS_LISTEN: '0.0.0.0:1' is not loopback, and what is sent there must be encrypted; use tls://0.0.0.0:1 with a certificate, or tcp://127.0.0.1:1 or unix:/path beside the driver.")]
    [InlineData("SPARKOBS_TASKS", "some", "SPARKOBS_TASKS: 'some' is not supported; use all or selected.")]
    [InlineData("SPARKOBS_IDLE_TIMEOUT", "60s", "SPARKOBS_IDLE_TIMEOUT: '60s' is out of range; use 20 s to 86400 s (the variable: a number of seconds).")]
    [InlineData("SPARKOBS_FLUSH_TIMEOUT", "-1", "SPARKOBS_FLUSH_TIMEOUT: '-1' is out of range; use 0 s to 86400 s (the variable: a number of seconds).")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES", "team", "OTEL_RESOURCE_ATTRIBUTES: 'team' has no key; write key=value,key=value")]
    public void Wrong_variable_is_one_clear_error(string name, string value, string message)
    {
        var error = Record.Exception(() => SparkObsSettings.Read(new SparkObsOptions(), variable => variable == name ? value : null));

        Assert.Equal(message, error?.Message);
    }

    [Fact]
    public void Variables_hold_where_no_option_is_set()
    {
        var variables = new Dictionary<string, string>
        {
            ["SPARKOBS_LISTEN"] = "unix:/tmp/b.sock", ["SPARKOBS_TOKEN"] = "secret", ["SPARKOBS_TASKS"] = "all", ["SPARKOBS_IDLE_TIMEOUT"] = "90",
            ["SPARKOBS_FLUSH_TIMEOUT"] = "2.5", ["OTEL_SERVICE_NAME"] = "reports", ["OTEL_RESOURCE_ATTRIBUTES"] = "team=data,stage=test",
        };

        var read = SparkObsSettings.Read(new SparkObsOptions(), variables.GetValueOrDefault);
        var set = SparkObsSettings.Read(
            new SparkObsOptions { Listen = "localhost:0", Token = "other", AllTasks = false, IdleTimeout = TimeSpan.FromMinutes(5), ServiceName = "mine", ResourceAttributes = { ["stage"] = "prod" } },
            variables.GetValueOrDefault);

        Assert.Equal(
            ("unix:/tmp/b.sock", "secret", false, true, 90.0, 2.5, "reports", "[team, data] [stage, test]"),
            (read.Endpoint.ToString(), read.Token, read.TokenNeedsFile, read.Trace.Selection == Trace.AllTasks.Selection, read.IdleTimeout.TotalSeconds,
                read.FlushTimeout.TotalSeconds, read.Trace.ServiceName, string.Join(' ', read.Trace.ResourceAttributes)));
        Assert.Equal(
            ("tcp://127.0.0.1:0", "other", true, false, 300.0, 2.5, "mine", "[team, data] [stage, test] [stage, prod]"),
            (set.Endpoint.ToString(), set.Token, set.TokenNeedsFile, set.Trace.Selection == Trace.AllTasks.Selection, set.IdleTimeout.TotalSeconds,
                set.FlushTimeout.TotalSeconds, set.Trace.ServiceName, string.Join(' ', set.Trace.ResourceAttributes)));
    }

    private static string ErrorOf(SparkObsOptions options) => Assert.Throws<SparkObsConfigurationException>(() => SparkObservability.Start(options)).Message;

    private static IEnumerable<DecodedSpan> Spans(MockCollector collector) => collector.Received.SelectMany(request => request.Spans);
}
