using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Faults;

/// <summary><c>sparkobs listen</c> as a process that faults are done to. It keeps its port and its folders over a restart.</summary>
internal sealed class BridgeProcess(string folder, string collector, params string[] options) : IAsyncDisposable
{
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(60);

    private readonly int port = ServerProcess.FreePorts(1)[0];
    private readonly ConcurrentQueue<string> notes = new();
    private Process? process;

    public string Endpoint => $"127.0.0.1:{port}";

    public string TokenFile => Path.Combine(folder, "token");

    public string SpoolFolder => Path.Combine(folder, "spool");

    public string DataFolder => Path.Combine(folder, "data");

    /// <summary>Its lines on standard error, over all its lives.</summary>
    public IReadOnlyCollection<string> Notes => notes;

    public int Restarts { get; private set; }

    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("dotnet",
        [
            SparkObsCli.Program, "listen", "--listen-on", $"tcp://{Endpoint}", "--token-file", TokenFile, "--data-dir", DataFolder, "--spool-dir", SpoolFolder,
            "--endpoint", collector, "--tasks", "all", .. options,
        ])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" },
        };
        process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        for (var watch = Stopwatch.StartNew(); !await AnswersAsync();)
        {
            if (process.HasExited || watch.Elapsed > EndsWithin)
                throw new InvalidOperationException($"the bridge is not there:\n{string.Join('\n', notes)}");
            await Task.Delay(20);
        }
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    public async Task KillAndStartAsync()
    {
        await KillAsync();
        Restarts++;
        await StartAsync();
    }

    public Task PauseAsync() => SignalAsync("STOP");

    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>SIGTERM.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        using var late = new CancellationTokenSource(EndsWithin);
        await process!.WaitForExitAsync(late.Token);
        var code = process.ExitCode;
        process.Dispose();
        process = null;
        return code;
    }

    /// <summary>Resident memory, in bytes; open file handles; threads.</summary>
    public (long Memory, int Handles, int Threads) Resources()
    {
        var id = process!.Id.ToString(CultureInfo.InvariantCulture);
        var status = File.ReadAllLines($"/proc/{id}/status");
        long Of(string key) => long.Parse(status.Single(line => line.StartsWith(key, StringComparison.Ordinal)).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return (Of("VmRSS:") * 1024, Directory.GetFileSystemEntries($"/proc/{id}/fd").Length, (int)Of("Threads:"));
    }

    public async ValueTask DisposeAsync()
    {
        if (process is null)
            return;
        await SignalAsync("CONT");
        await KillAsync();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var probe = new TcpClient();
            await probe.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Note(string? line)
    {
        if (line is not null)
            notes.Enqueue(line);
    }
}
