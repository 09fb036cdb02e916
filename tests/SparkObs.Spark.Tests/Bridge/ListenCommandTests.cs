using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SparkObs.Cli;
using SparkObs.Spark.Tests.Export;
using Trace = SparkObs.Spark.Tests.Tracing.Trace;

namespace SparkObs.Spark.Tests.Bridge;

public sealed class ListenCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sparkobs-").FullName;
    private readonly Notes notes = new();
    private readonly CancellationTokenSource stop = new();

    /// <summary>As it is built, with what it needs beside it: <c>bin/Release/net10.0</c> as here.</summary>
    private static string Program => Repository.PathOf([
        "src", "SparkObs.Cli", "bin", .. AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar)[^2..], "sparkobs.dll"]);

    private string SocketPath => Path.Combine(folder, "bridge.sock");

    private string TokenFile => Path.Combine(folder, "token");

    private string Spans => Path.Combine(folder, "spans.jsonl");

    public void Dispose()
    {
        stop.Dispose();
        notes.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [LogFact]
    public async Task Sidecar_takes_an_application_and_stops_when_told()
    {
        var running = RunAsync("--listen-on", "unix:" + SocketPath, "--token-file", TokenFile, "--output", "otlp-json", "-o", Spans);
        await TestBridge.UntilAsync(() => !notes.Lines.IsEmpty || running.IsCompleted);
        var lines = TestLogs.Lines("3.5.3/failures");
        using (var driver = await BridgeClient.ConnectAsync("unix:" + SocketPath))
        {
            await driver.SendAsync(BridgeClient.Hello("s", token: await File.ReadAllTextAsync(TokenFile)));
            Assert.Equal("{\"ok\":true,\"ack\":0,\"durability\":\"memory\"}", await driver.ReadLineAsync());
            await driver.SendLinesAsync(lines);
            await driver.WaitForAcknowledgementAsync(lines.Count);
        }
        await TestBridge.UntilAsync(() => notes.Lines.Count == 3);
        await stop.CancelAsync();

        Assert.Equal((int)ExitCode.Done, await running);
        var replay = await Trace.OfLogAsync(TestLogs.Workload("3.5.3/failures"));
        var written = (await File.ReadAllLinesAsync(Spans)).SelectMany(line => JsonDecoder.Decode(Encoding.UTF8.GetBytes(line)).Spans).ToList();
        Assert.Equal(
            replay.Spans.Select(span => span.Id.ToString()).Order(),
            written.Where(span => !span.Name.EndsWith(" started", StringComparison.Ordinal)).Select(span => span.SpanId).Order());
        var application = replay.Application;
        var appId = replay.Resource.Single(attribute => attribute.Key == "spark.app.id").Value;
        Assert.Equal(
            [
                $"sparkobs: listening on unix:{SocketPath} (spark.sparkobs.endpoint), spans go to {Spans}",
                $"sparkobs: failures ({appId}) started: trace {application.Trace}",
                notes.Lines.ElementAt(2),
                "sparkobs: stopped: 1 application",
            ],
            notes.Lines);
        Assert.Matches($@"^sparkobs: failures \({appId}\) ended: \d+ events, {written.Count} spans$", notes.Lines.ElementAt(2));
        Assert.False(File.Exists(SocketPath));
    }

    [LogFact]
    public async Task Application_that_runs_when_the_sidecar_is_stopped_goes_on_with_the_next_one()
    {
        var data = Path.Combine(folder, "data");
        var lines = TestLogs.Lines("3.5.3/failures");
        for (var (sent, run) = (0, 0); run < 2; run++)
        {
            using var stopThis = new CancellationTokenSource();
            var said = notes.Lines.Count;
            var running = RunAsync(stopThis.Token, "--listen-on", "unix:" + SocketPath, "--token-file", TokenFile, "--output", "otlp-json", "-o", Spans, "--data-dir", data);
            await TestBridge.UntilAsync(() => notes.Lines.Count > said || running.IsCompleted);
            using (var driver = await BridgeClient.ConnectAsync("unix:" + SocketPath))
            {
                await driver.SendAsync(BridgeClient.Hello("s", token: await File.ReadAllTextAsync(TokenFile)));
                Assert.Equal($"{{\"ok\":true,\"ack\":{sent},\"durability\":\"disk\"}}", await driver.ReadLineAsync());
                var piece = lines.Skip(sent).Take(run == 0 ? 60 : lines.Count).ToList();
                await driver.SendLinesAsync(piece, sent + 1);
                sent += piece.Count;
                await driver.WaitForAcknowledgementAsync(sent);
            }
            if (run == 1)
                await TestBridge.UntilAsync(() => Directory.GetDirectories(Path.Combine(data, "sessions")).Length == 0);
            await stopThis.CancelAsync();
            Assert.Equal((int)ExitCode.Done, await running);
        }

        var replay = await Trace.OfLogAsync(TestLogs.Workload("3.5.3/failures"));
        var written = (await File.ReadAllLinesAsync(Spans)).SelectMany(line => JsonDecoder.Decode(Encoding.UTF8.GetBytes(line)).Spans).ToList();
        Assert.Equal(
            replay.Spans.Select(span => span.Id.ToString()).Order(),
            written.Where(span => !span.Name.EndsWith(" started", StringComparison.Ordinal)).Select(span => span.SpanId).Order());
        Assert.Contains($"sparkobs: 1 application left open; the next bridge with --data-dir {data} goes on", notes.Lines);
    }

    [Fact]
    public async Task Data_directory_that_cannot_be_written_is_said_and_it_works_from_memory()
    {
        var file = Path.Combine(folder, "file");
        await File.WriteAllTextAsync(file, "");
        await stop.CancelAsync();

        await RunAsync("--listen-on", "unix:" + SocketPath, "--token-file", TokenFile, "--output", "otlp-json", "-o", Spans, "--data-dir", file);

        Assert.StartsWith($"sparkobs: {file} cannot be written (", notes.Lines.First(), StringComparison.Ordinal);
        Assert.StartsWith("sparkobs: listening on", notes.Lines.ElementAt(1), StringComparison.Ordinal);
    }

    /// <param name="host">Where it listens.</param>
    /// <param name="name">What it is asked by.</param>
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.2")]
    public async Task Health_and_metrics_are_served(string host, string name)
    {
        var port = FreePort();
        var running = RunAsync("--listen-on", "unix:" + SocketPath, "--token-file", TokenFile, "--output", "otlp-json", "-o", Spans, "--http", $"{host}:{port}");
        await TestBridge.UntilAsync(() => !notes.Lines.IsEmpty || running.IsCompleted);
        using var client = new HttpClient { BaseAddress = new Uri($"http://{name}:{port}") };
        using var driver = await BridgeClient.ConnectAsync("unix:" + SocketPath);
        await driver.SendAsync(BridgeClient.Hello("s", token: await File.ReadAllTextAsync(TokenFile)));
        await driver.ReadLineAsync();
        await driver.SendAsync(BridgeClient.Numbered(1, Encoding.UTF8.GetBytes(LedgerDriver.Event)));
        await driver.WaitForAcknowledgementAsync(1);

        Assert.Equal("""{"status":"alive","accepting":true,"moving":true}""", await client.GetStringAsync("/healthz"));
        Assert.Equal(
            """{"status":"ready","accepting":true,"moving":true,"recovered":true,"export":"working","applications":1,"connections":1,"silent_drivers":0,"spans_waiting":0}""",
            await client.GetStringAsync("/readyz"));
        Assert.Equal(404, (int)(await client.GetAsync("/healthz/more")).StatusCode);
        var metrics = await client.GetStringAsync("/metrics");
        Assert.Matches("""(?m)^sparkobs_bridge_events_total\{.*term="delivered".*\} [1-9]""", metrics);
        Assert.Matches("(?m)^sparkobs_bridge_received_bytes_total(\\{.*\\})? [1-9]", metrics);
        Assert.Matches("(?m)^# TYPE sparkobs_bridge_lag_seconds gauge$", metrics);

        Assert.All(
            metrics.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Matches("""^(# (TYPE|HELP|UNIT|EOF).*|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+( [0-9]+)?)$""", line));

        await stop.CancelAsync();
        Assert.Equal((int)ExitCode.Done, await running);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/healthz"));
    }

    [LogFact]
    public async Task Spools_of_drivers_that_are_gone_are_picked_up()
    {
        var spool = Path.Combine(folder, "spools", "s-i1");
        Directory.CreateDirectory(spool);
        var lines = TestLogs.Lines("3.5.3/failures");
        await File.WriteAllTextAsync(Path.Combine(spool, "session.json"), """{"SparkObsHello":1,"session":"s","instance":"i1","firstSeq":1}""");
        await File.WriteAllBytesAsync(Path.Combine(spool, "spool-000001.jsonl"), [.. lines.SelectMany((line, i) => BridgeClient.Numbered(i + 1, line))]);
        foreach (var file in Directory.EnumerateFiles(spool))
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-1));
        Directory.SetLastWriteTimeUtc(spool, DateTime.UtcNow.AddMinutes(-1));

        var running = RunAsync("--listen-on", "unix:" + SocketPath, "--token-file", TokenFile, "--output", "otlp-json", "-o", Spans, "--spool-dir", Path.GetDirectoryName(spool)!);
        await TestBridge.UntilAsync(() => !Directory.Exists(spool));
        await stop.CancelAsync();

        Assert.Equal((int)ExitCode.Done, await running);
        var replay = await Trace.OfLogAsync(TestLogs.Workload("3.5.3/failures"));
        var written = (await File.ReadAllLinesAsync(Spans)).SelectMany(line => JsonDecoder.Decode(Encoding.UTF8.GetBytes(line)).Spans);
        Assert.Equal(
            replay.Spans.Select(span => span.Id.ToString()).Order(),
            written.Where(span => !span.Name.EndsWith(" started", StringComparison.Ordinal)).Select(span => span.SpanId).Order());
    }

    [LogFact]
    public async Task Collector_that_hangs_is_waited_for_ten_seconds()
    {
        using var hung = new HungServer();
        var running = RunAsync("--listen-on", "unix:" + SocketPath, "--token-file", TokenFile, "--endpoint", hung.Url);
        await SendApplicationAsync(running);
        var asked = Stopwatch.GetTimestamp();
        await stop.CancelAsync();

        Assert.Equal((int)ExitCode.CollectorUnreachable, await running);
        // Ten seconds, and what a machine at its limit adds.
        Assert.InRange(Stopwatch.GetElapsedTime(asked).TotalSeconds, 5, 20);
        Assert.Matches(@"^sparkobs: stopped: 1 application, 0 spans exported, 0 refused, \d+ not delivered$", notes.Lines.Last());
    }

    [LogTheory]
    [InlineData("-TERM", "-TERM")]
    [InlineData("-INT", "-TERM")]
    public async Task Second_signal_ends_the_waiting(string first, string second)
    {
        using var hung = new HungServer();
        await File.WriteAllTextAsync(TokenFile, "secret");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(TokenFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet", [Program, "listen", "--listen-on", "unix:" + SocketPath, "--token-file", TokenFile, "--endpoint", hung.Url])
        {
            RedirectStandardError = true,
            // What one bridge leaves there, the next one that is given it goes on with.
            Environment = { ["XDG_STATE_HOME"] = Path.Combine(folder, "state") },
        })!;
        Assert.StartsWith("sparkobs: listening on ", await process.StandardError.ReadLineAsync(), StringComparison.Ordinal);
        _ = process.StandardError.ReadToEndAsync();
        await SendApplicationAsync(process.WaitForExitAsync());
        await Kill(first, process);
        await TestBridge.UntilAsync(() => !File.Exists(SocketPath));
        await Kill(second, process);

        // Without the second one it would take the time of the first.
        var ended = Stopwatch.GetTimestamp();
        await process.WaitForExitAsync();
        Assert.Equal((int)ExitCode.CollectorUnreachable, process.ExitCode);
        Assert.True(Stopwatch.GetElapsedTime(ended) < TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData("no token: set SPARKOBS_TOKEN to a random text that drivers know too, or use --token-file FILE, which is written if there is none", "--listen-on", "tcp://127.0.0.1:0")]
    [InlineData("--listen-on: 'tcp://0.0.0.0:0' is not loopback, and what is sent there must be encrypted; use tls://0.0.0.0:0 with a certificate, or tcp://127.0.0.1:0 or unix:/path beside the driver.", "--listen-on", "tcp://0.0.0.0:0")]
    [InlineData("--idle-timeout: 'soon' is no duration of 20s or more; write 30s, 5m or 1h. (sparkobs listen --help)", "--idle-timeout", "soon")]
    [InlineData("-o has no meaning with --output otlp: spans go to the collector. Use --output otlp-json for a file", "-o", "x")]
    public async Task Wrong_usage_is_one_line(string message, params string[] args)
    {
        Assert.Equal((int)ExitCode.BadInput, await RunAsync(args));
        Assert.Equal(["sparkobs: " + message], notes.Lines);
    }

    [Theory]
    [InlineData("4320", "'4320' is no address; use HOST:PORT, as 127.0.0.1:4320, or 0.0.0.0:4320 for probes from outside")]
    [InlineData("127.0.0.1:0", "'127.0.0.1:0' is no address; use HOST:PORT, as 127.0.0.1:4320, or 0.0.0.0:4320 for probes from outside")]
    public async Task Address_for_health_that_is_none_is_one_line(string address, string problem)
    {
        Assert.Equal((int)ExitCode.BadInput, await RunAsync("--listen-on", "tcp://127.0.0.1:0", "--token-file", TokenFile, "--http", address));
        Assert.Equal(["sparkobs: --http: " + problem], notes.Lines);
    }

    [Fact]
    public async Task Token_file_that_others_can_read_is_refused()
    {
        await File.WriteAllTextAsync(TokenFile, "secret");
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(TokenFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        Assert.Equal((int)ExitCode.BadInput, await RunAsync("--listen-on", "tcp://127.0.0.1:0", "--token-file", TokenFile));
        Assert.Equal([$"sparkobs: --token-file: others can use '{TokenFile}'; chmod 600 makes it its owner's alone."], notes.Lines);
    }

    private static async Task Kill(string signal, Process process) =>
        await Process.Start("kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExitAsync();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task SendApplicationAsync(Task running)
    {
        await TestBridge.UntilAsync(() => File.Exists(SocketPath) || running.IsCompleted);
        var lines = TestLogs.Lines("3.5.3/failures");
        using var driver = await BridgeClient.ConnectAsync("unix:" + SocketPath);
        await driver.SendAsync(BridgeClient.Hello("s", token: await File.ReadAllTextAsync(TokenFile)));
        await driver.ReadLineAsync();
        await driver.SendLinesAsync(lines);
        await driver.WaitForAcknowledgementAsync(lines.Count);
    }

    private Task<int> RunAsync(params string[] args) => RunAsync(stop.Token, args);

    private Task<int> RunAsync(CancellationToken stopThis, params string[] args)
    {
        var terminal = new Terminal { Out = TextWriter.Null, Error = notes, OpenOutput = () => Stream.Null };
        return CommandRunner.RunAsync(new RootCommand { ListenCommand.Create(() => terminal) }, ["listen", .. args], terminal, stopThis);
    }

    /// <summary>Takes connections, and never answers.</summary>
    private sealed class HungServer : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);

        public HungServer() => listener.Start();

        public string Url => $"http://{listener.LocalEndpoint}";

        public void Dispose() => listener.Dispose();
    }

    private sealed class Notes : TextWriter
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value) => Lines.Enqueue(value ?? "");
    }
}
