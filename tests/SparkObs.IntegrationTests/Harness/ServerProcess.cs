using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>A server of the toolbox as a child process; killed when disposed. Its last lines stand in every error.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int KeptLines = 40;
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private static readonly ConcurrentDictionary<int, bool> GivenPorts = new();

    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();

    public ServerProcess(string program, params string[] arguments)
        : this(program, arguments, [])
    {
    }

    /// <param name="program">A path, or a name on the PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Beside the test's own.</param>
    public ServerProcess(string program, string[] arguments, Dictionary<string, string> environment)
    {
        process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        foreach (var (name, value) in environment)
            process.StartInfo.Environment[name] = value;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Ports that nobody listens on, and that were given to nobody before: who got one may not listen yet.</summary>
    public static int[] FreePorts(int count) => [.. Enumerable.Range(0, count).Select(_ => FreePort())];

    private static int FreePort()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (GivenPorts.TryAdd(port, true))
                return port;
        }
    }

    /// <summary>Waits until <paramref name="ready"/> says so; connection errors mean not yet.</summary>
    public async Task WaitUntilAsync(Func<Task<bool>> ready)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            try
            {
                if (await ready())
                    return;
            }
            catch (Exception e) when (e is HttpRequestException or SocketException or IOException)
            {
            }
            if (process.HasExited || watch.Elapsed > ReadyWithin)
                throw new InvalidOperationException($"{process.StartInfo.FileName} {State()}:\n{string.Join('\n', output)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private string State() => process.HasExited ? $"ended with {process.ExitCode}" : "is not ready";

    private void Keep(string? line)
    {
        if (line is null)
            return;
        output.Enqueue(line);
        while (output.Count > KeptLines)
            output.TryDequeue(out _);
    }
}
