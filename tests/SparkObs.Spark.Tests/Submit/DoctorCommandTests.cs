using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using SparkObs.Cli;
using SparkObs.Cli.Submit;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Bridge;
using SparkObs.Spark.Tests.Events;
using SparkObs.Spark.Tests.Export;

namespace SparkObs.Spark.Tests.Submit;

public sealed class DoctorCommandTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Dictionary<string, string> variables = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Where_all_is_well_each_line_says_so_and_the_collector_gets_a_span()
    {
        using var spark = new FakeSpark();
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        UseSpark(spark, "17.0.15");
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        variables["SPARKOBS_TOKEN"] = "secret";
        var socket = Path.Combine(folder.Path, "b.sock");

        var (code, lines) = await RunAsync("--listen-on", $"unix:{socket}", "--endpoint", collector.Endpoint.GetLeftPart(UriPartial.Authority));

        Assert.Equal(
            [
                $"✓ Spark      3.5.3 in {spark.Home}",
                $"✓ Java       17.0.15 ({Path.Combine(spark.Home, "java", "bin", "java")})",
                $"✓ bridge     can listen on unix:{socket}",
                "✓ token      SPARKOBS_TOKEN is set",
                $"✓ collector  {collector.Endpoint.GetLeftPart(UriPartial.Authority)}/v1/traces took a span (HTTP)",
                "✓ clock      agrees with the collector's",
            ],
            lines.Where(line => !line.Contains(ShimJar.FileName, StringComparison.Ordinal) && !line.Contains("jvm-shim", StringComparison.Ordinal)));
        Assert.Equal(ShimJar.Find() is null ? 2 : 0, code);
        Assert.Equal("sparkobs doctor", collector.Received.Single(r => r.Body.Length > 0).Spans.Single().Name);
        Assert.False(File.Exists(socket));
    }

    [Fact]
    public async Task What_does_not_work_is_said_with_what_to_do()
    {
        using var spark = new FakeSpark("4.0.1");
        UseSpark(spark, "1.8.0_412");
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "carrier-pigeon";
        var token = folder.Write("token", "secret"u8);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        var (code, lines) = await RunAsync("--listen-on", taken.LocalEndpoint.ToString()!, "--token-file", token);

        Assert.Equal(2, code);
        Assert.Contains("✗ Java       1.8.0_412 (" + Path.Combine(spark.Home, "java", "bin", "java") + ")\n             Spark 4.0.1 needs Java 17: set JAVA_HOME to one", string.Join('\n', lines));
        Assert.Contains($"✗ bridge     cannot listen on {taken.LocalEndpoint}", lines);
        Assert.Contains($"✗ token      others can use {token}\n             chmod 600 {token}: drivers and bridge refuse it as it is", string.Join('\n', lines));
        Assert.Contains("✗ collector  its settings cannot be used\n             OTEL_EXPORTER_OTLP_PROTOCOL: 'carrier-pigeon' is not supported; use grpc or http/protobuf", string.Join('\n', lines));
        Assert.DoesNotContain(lines, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bridge_with_TLS_is_looked_at_before_it_listens_and_while_it_runs()
    {
        using var authority = new TestAuthority();
        using var stranger = new TestAuthority();
        var (certificate, key) = authority.Issue("bridge");
        var (driver, driverKey) = authority.Issue("driver");
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "carrier-pigeon";
        var until = $"{DateTime.UtcNow.AddDays(5):yyyy-MM-dd}";

        Assert.Equal(
            ["✗ bridge     cannot listen on tls://127.0.0.1:0", "             tls://127.0.0.1:0 needs a certificate: name its PEM files by --tls-cert and --tls-key, or SPARKOBS_TLS_CERT and SPARKOBS_TLS_KEY."],
            await BridgeLinesAsync("--listen-on", "tls://127.0.0.1:0"));
        Assert.Matches($"^! bridge     can listen on tls://127.0.0.1:[0-9]+; its certificate expires on {until}$",
            (await BridgeLinesAsync("--listen-on", "tls://127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key))[0]);

        await using var bridge = new TestBridge(options => options with
        {
            Endpoint = BridgeEndpoint.Parse("listen", "tls://127.0.0.1:0"),
            Tls = BridgeTls.Load(certificate, key, authority.Root, _ => null),
        });
        var at = bridge.Server.Endpoint;
        Assert.Equal([$"✓ bridge     {at} answers, with a certificate until {until}"],
            await BridgeLinesAsync("--bridge", at, "--tls-ca", authority.Root, "--tls-cert", driver, "--tls-key", driverKey));
        Assert.Equal(
            [$"✗ bridge     {at} closed the connection", "             it asks for a certificate of its authority (--tls-client-ca): name one by --tls-cert and --tls-key, as the driver by spark.sparkobs.tls.cert and .key"],
            await BridgeLinesAsync("--bridge", at, "--tls-ca", authority.Root));
        var untrusted = await BridgeLinesAsync("--bridge", at, "--tls-ca", stranger.Root);
        Assert.Equal($"✗ bridge     no TLS with {at}", untrusted[0]);
        Assert.Matches(@"^ +its certificate is not trusted \(.+\): name its authority by --tls-ca, as the driver by spark\.sparkobs\.tls\.ca$", untrusted[1]);
        var plain = at["tls://".Length..];
        Assert.Equal([$"✗ bridge     {plain} closed the connection", "             it speaks TLS: use tls://host:port"], await BridgeLinesAsync("--bridge", plain));
    }

    [Fact]
    public async Task Bridge_in_the_clear_is_looked_at_while_it_runs()
    {
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "carrier-pigeon";
        await using var bridge = new TestBridge();
        var at = bridge.Server.Endpoint;

        Assert.Equal([$"✓ bridge     {at} answers"], await BridgeLinesAsync("--bridge", at));
        Assert.Equal($"✗ bridge     no TLS with tls://{at}", (await BridgeLinesAsync("--bridge", "tls://" + at))[0]);
        Assert.Equal("✗ bridge     'nonsense' is no address", (await BridgeLinesAsync("--bridge", "nonsense"))[0]);
        Assert.Equal($"✗ bridge     unix:{folder.Path}/none cannot be reached", (await BridgeLinesAsync("--bridge", $"unix:{folder.Path}/none"))[0]);
    }

    private async Task<string[]> BridgeLinesAsync(params string[] arguments)
    {
        var (_, lines) = await RunAsync(arguments);
        return [.. lines.SkipWhile(line => !line.Contains(" bridge ", StringComparison.Ordinal)).TakeWhile(line => !line.Contains(" token ", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task Without_Spark_it_says_where_it_looked()
    {
        variables["SPARK_HOME"] = folder.Path;
        variables["JAVA_HOME"] = folder.Path;
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "carrier-pigeon";

        var (code, lines) = await RunAsync();

        Assert.Equal(2, code);
        Assert.Equal(
            [
                "✗ Spark      no spark-submit",
                $"             SPARK_HOME is {folder.Path}, but there is no {Path.Combine(folder.Path, "bin", "spark-submit")}; set it to Spark's folder, or unset it to use spark-submit from the PATH",
                $"✗ Java       {Path.Combine(folder.Path, "bin", "java")} cannot be started",
                $"             JAVA_HOME is {folder.Path}: set it to a Java's folder, or unset it",
            ],
            lines[..4]);
    }

    [Fact]
    public async Task Spark_3_0_is_warned_of()
    {
        using var spark = new FakeSpark("3.0.3");
        UseSpark(spark, "11.0.2");
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "carrier-pigeon";

        Assert.Equal(
            [
                $"! Spark      3.0.3 in {spark.Home}",
                "             executors of 3.0 cannot load plugins from --jars (SPARK-32119): submit uses the listener alone, on the driver",
            ],
            (await RunAsync()).Lines[..2]);
    }

    [Fact]
    public async Task Executors_that_will_not_see_S3_calls_are_warned_of()
    {
        using var spark = new FakeSpark();
        UseSpark(spark, "17.0.15");
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "carrier-pigeon";
        spark.Add("jars/hadoop-aws-3.3.4.jar");

        Assert.Contains("! S3         hadoop-aws is in Spark's jars: executors' S3 calls are not seen, for --jars is not enough\n"
            + "             put sparkobs-shim.jar on each node and set spark.executor.extraClassPath to it, or put it into Spark's jars; "
            + "submit sets the driver's class path", string.Join('\n', (await RunAsync()).Lines));

        spark.Add("conf/spark-defaults.conf", "spark.executor.extraClassPath /opt/sparkobs-shim.jar");

        Assert.Contains("✓ S3         hadoop-aws and the plugin's jar are both on Spark's class path: S3 calls are seen", (await RunAsync()).Lines);
    }

    private void UseSpark(FakeSpark spark, string java)
    {
        variables["SPARK_HOME"] = spark.Home;
        variables["JAVA_HOME"] = spark.AddJava(java);
    }

    private async Task<(int Code, string[] Lines)> RunAsync(params string[] args)
    {
        using var output = new Utf8Writer();
        var terminal = new Terminal { Out = output, Error = TextWriter.Null, OpenOutput = () => Stream.Null, Variable = variables.GetValueOrDefault };
        var code = await CommandRunner.RunAsync(new RootCommand { DoctorCommand.Create(() => terminal) }, ["doctor", .. args], terminal);
        return (code, output.ToString().TrimEnd('\n').Split('\n'));
    }

    private sealed class Utf8Writer : StringWriter
    {
        public Utf8Writer() => NewLine = "\n";

        public override System.Text.Encoding Encoding => System.Text.Encoding.UTF8;
    }
}
