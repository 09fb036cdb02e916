using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Faults;

/// <summary>Sends a recorded event log as a driver sends its events.</summary>
internal sealed class RecordedDriver : IDisposable
{
    private readonly Socket socket;
    private readonly StreamReader answers;
    private long sequence;

    private RecordedDriver(Socket socket)
    {
        this.socket = socket;
        answers = new StreamReader(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>Recorded workloads that are one file of plain text each.</summary>
    public static IReadOnlyList<string> Workloads { get; } =
    [
        "3.0.3/failures", "3.0.3/rdd-core", "3.0.3/sql-aqe", "3.0.3/streaming", "3.3.4/failures", "3.3.4/rdd-core", "3.3.4/sql-aqe",
        "3.4.4/rdd-core", "3.4.4/sql-aqe", "3.5.3/dynamic", "3.5.3/failures", "3.5.3/failures-speculation", "3.5.3/many-tasks",
        "3.5.3/python-udf", "3.5.3/rdd-core", "3.5.3/sql-aqe", "3.5.3/streaming", "4.3.0/connect", "4.3.0/dynamic", "4.3.0/failures",
        "4.3.0/failures-fetch", "4.3.0/python-udf", "4.3.0/rdd-core", "4.3.0/sql-aqe", "4.3.0/streaming",
    ];

    public static string PathOf(string workload) =>
        Directory.EnumerateFileSystemEntries(Path.Combine(Toolbox.Folder, "eventlogs", workload)).Single(entry => !Path.GetFileName(entry).StartsWith('.'));

    public static IReadOnlyList<byte[]> Lines(string workload) => [.. File.ReadLines(PathOf(workload)).Select(Encoding.UTF8.GetBytes)];

    public static async Task<RecordedDriver> ConnectAsync(BridgeProcess bridge, string session)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPEndPoint.Parse(bridge.Endpoint));
        var driver = new RecordedDriver(socket);
        var token = (await File.ReadAllTextAsync(bridge.TokenFile)).Trim();
        await driver.SendAsync(Encoding.UTF8.GetBytes(
            $$"""{"SparkObsHello":1,"token":"{{token}}","session":"{{session}}","instance":"{{session}}","firstSeq":1,"appName":"{{session}}","sparkVersion":"3.5.3","shimVersion":"0"}""" + "\n"));
        var answer = await driver.answers.ReadLineAsync();
        Assert.StartsWith("""{"ok":true,"ack":0,""", answer, StringComparison.Ordinal);
        return driver;
    }

    /// <summary>Under the next numbers.</summary>
    public async Task SendAsync(IEnumerable<byte[]> lines)
    {
        foreach (var some in lines.Chunk(100))
        {
            using var bytes = new MemoryStream();
            foreach (var line in some)
            {
                bytes.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"SparkObsSeq\":{++sequence},")));
                bytes.Write(line.AsSpan(Math.Min(1, line.Length)));
                bytes.WriteByte((byte)'\n');
            }
            await SendAsync(bytes.ToArray());
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None)..];
    }

    /// <summary>Waits until the bridge has taken over all that was sent.</summary>
    public async Task WaitForAcknowledgementAsync()
    {
        for (long last = 0; last < sequence;)
        {
            var line = await answers.ReadLineAsync() ?? throw new InvalidOperationException($"the bridge closed the connection after {last} of {sequence}");
            Assert.True(Utf8Parser.TryParse(Encoding.ASCII.GetBytes(line).AsSpan("{\"ack\":".Length), out last, out _), line);
        }
    }

    public void Dispose() => answers.Dispose();
}
