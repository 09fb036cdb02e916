using System.Diagnostics;
using System.Globalization;
using SparkObs.IntegrationTests.Harness;
using SparkObs.Spark.Tests.Bridge;

namespace SparkObs.IntegrationTests;

/// <summary>The plugin in a real Spark, and a bridge elsewhere, as a process of its own, with TLS between them.</summary>
public sealed class LiveTlsTests : IDisposable
{
    private const string Token = "a-token-of-the-test-0123456789";
    private const string Output = """
        thread-0 10
        thread-1 332833500
        thread-2 10
        thread-3 332833500
        thread-4 10
        thread-5 332833500

        """;

    private readonly TestAuthority authority = new();
    private readonly TestAuthority stranger = new();

    public void Dispose()
    {
        authority.Dispose();
        stranger.Dispose();
    }

    [LiveFact]
    public async Task A_job_with_a_certificate_has_its_trace_and_the_token_is_in_no_command_line_and_no_output()
    {
        using var spark = Spark();
        var (driver, key) = authority.Issue("driver");
        var commandLines = "";
        await using var bridge = await ListenAsync(spark);

        var run = await SubmitAsync(spark, bridge.Port, authority.Root, driver, key, async job => commandLines = await CommandLinesAsync(job));

        Assert.Equal((0, Output), (run.ExitCode, run.Output));
        await bridge.WaitForAsync(" ended: ");
        var spans = OtlpSpans.Read(spark.PathOf("spans.jsonl"));
        Assert.Equal(1, spans.Count("application"));
        Assert.Equal(1, spans.Count("application started"));
        Assert.Contains("SparkSubmit", commandLines, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, commandLines + run.Error + run.Output + bridge.Said, StringComparison.Ordinal);
    }

    [LiveFact]
    public async Task A_job_that_does_not_trust_the_bridge_runs_and_nothing_is_sent()
    {
        using var spark = Spark();
        var (driver, key) = authority.Issue("driver");
        await using var bridge = await ListenAsync(spark);

        var run = await SubmitAsync(spark, bridge.Port, stranger.Root, driver, key);

        Assert.Equal((0, Output), (run.ExitCode, run.Output));
        Assert.Contains("look at spark.sparkobs.tls.ca", run.Error, StringComparison.Ordinal);
        await bridge.WaitForAsync("a connection was refused: no TLS came about (");
        Assert.DoesNotContain(" started: ", bridge.Said, StringComparison.Ordinal);
    }

    [LiveFact]
    public async Task A_job_without_a_certificate_runs_and_nothing_is_sent()
    {
        using var spark = Spark();
        await using var bridge = await ListenAsync(spark);

        var run = await SubmitAsync(spark, bridge.Port, authority.Root, null, null);

        Assert.Equal((0, Output), (run.ExitCode, run.Output));
        Assert.Contains("SparkObs: no bridge at tls://localhost:", run.Error, StringComparison.Ordinal);
        await bridge.WaitForAsync("a connection was refused: no TLS came about (");
        Assert.DoesNotContain(" started: ", bridge.Said, StringComparison.Ordinal);
    }

    private static SparkSubmit Spark() => new("4.3.0") { Environment = { ["SPARKOBS_TOKEN"] = Token } };

    private async Task<Listener> ListenAsync(SparkSubmit spark)
    {
        var (certificate, key) = authority.Issue("bridge", rsa: true);
        var port = ServerProcess.FreePorts(1)[0];
        var start = new ProcessStartInfo("dotnet",
        [
            SparkObsCli.Program, "listen", "--listen-on", $"tls://0.0.0.0:{port.ToString(CultureInfo.InvariantCulture)}", "--tls-cert", certificate, "--tls-key", key,
            "--tls-client-ca", authority.Root, "--data-dir", spark.PathOf("data"), "--output", "otlp-json", "-o", spark.PathOf("spans.jsonl"),
        ])
        { RedirectStandardError = true };
        start.Environment["SPARKOBS_TOKEN"] = Token;
        var listener = new Listener(start, port);
        await listener.WaitForAsync("listening on tls://");
        return listener;
    }

    private static Task<SparkObsCli.Outcome> SubmitAsync(SparkSubmit spark, int port, string ca, string? certificate, string? key, Func<Process, Task>? started = null)
    {
        List<string> arguments = ["--master", "local[2]", "--conf", $"spark.sparkobs.tls.ca={ca}"];
        if (certificate is not null)
            arguments.AddRange(["--conf", $"spark.sparkobs.tls.cert={certificate}", "--conf", $"spark.sparkobs.tls.key={key}"]);
        return spark.TracedAsync(["--bridge", $"tls://localhost:{port.ToString(CultureInfo.InvariantCulture)}"], [.. arguments, SparkSubmit.Workload("threads")], started);
    }

    /// <summary>Those of all processes, once the driver is among them.</summary>
    private static async Task<string> CommandLinesAsync(Process job)
    {
        for (var watch = Stopwatch.StartNew(); !job.HasExited && watch.Elapsed < TimeSpan.FromMinutes(1); await Task.Delay(20))
        {
            var all = string.Join('\n', Directory.EnumerateDirectories("/proc").Select(CommandLine));
            if (all.Contains("org.apache.spark.deploy.SparkSubmit", StringComparison.Ordinal))
                return all;
        }
        return "";
    }

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is none.
            return "";
        }
    }

    /// <summary><c>sparkobs listen</c>, and what it says.</summary>
    private sealed class Listener : IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        private readonly Process process;
        private readonly List<string> lines = [];

        public Listener(ProcessStartInfo start, int port)
        {
            Port = port;
            process = new Process { StartInfo = start };
            process.ErrorDataReceived += (_, line) =>
            {
                lock (lines)
                    lines.Add(line.Data ?? "");
            };
            process.Start();
            process.BeginErrorReadLine();
        }

        public int Port { get; }

        public string Said
        {
            get
            {
                lock (lines)
                    return string.Join('\n', lines);
            }
        }

        public async Task WaitForAsync(string words)
        {
            for (var watch = Stopwatch.StartNew(); !Said.Contains(words, StringComparison.Ordinal); await Task.Delay(20))
                Assert.True(watch.Elapsed < Patience && !process.HasExited, $"no '{words}' in: {Said}");
        }

        public async ValueTask DisposeAsync()
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
