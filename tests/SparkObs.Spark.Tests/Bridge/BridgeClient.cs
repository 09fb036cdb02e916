using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>A driver's side of the protocol, for tests: it sends what it is told, also what no driver would.</summary>
internal sealed class BridgeClient : IDisposable
{
    /// <summary>Nothing here takes so long; a test that hangs says where.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket socket;
    private readonly Stream stream;
    private readonly StreamReader reader;

    private BridgeClient(Socket socket, Stream stream)
    {
        this.socket = socket;
        this.stream = stream;
        reader = new StreamReader(stream);
    }

    /// <summary>Over TLS, if told so; a failing handshake throws.</summary>
    public static async Task<BridgeClient> ConnectAsync(string endpoint, SslClientAuthenticationOptions? tls = null)
    {
        const string Tls = "tls://";
        if (endpoint.StartsWith(Tls, StringComparison.Ordinal))
            endpoint = endpoint[Tls.Length..];
        EndPoint address = endpoint.StartsWith("unix:", StringComparison.Ordinal) ? new UnixDomainSocketEndPoint(endpoint[5..]) : IPEndPoint.Parse(endpoint);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, address.AddressFamily == AddressFamily.Unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        await socket.ConnectAsync(address).WaitAsync(Patience);
        var plain = new NetworkStream(socket, ownsSocket: true);
        if (tls is null)
            return new BridgeClient(socket, plain);
        var encrypted = new SslStream(plain);
        try
        {
            await encrypted.AuthenticateAsClientAsync(tls).WaitAsync(Patience);
        }
        catch
        {
            await encrypted.DisposeAsync();
            throw;
        }
        return new BridgeClient(socket, encrypted);
    }

    /// <summary>Connects, says hello and expects to be accepted; the bridge has the lines up to <c>Acknowledged</c>.</summary>
    public static async Task<(BridgeClient Client, long Acknowledged)> AcceptedAsync(TestBridge bridge, string session, string instance = "i1", long first = 1, string durability = "memory")
    {
        var client = await ConnectAsync(bridge.Server.Endpoint);
        await client.SendAsync(Hello(session, instance, first: first));
        var answer = await client.ReadLineAsync();
        const string Ok = "{\"ok\":true,\"ack\":";
        var rest = $",\"durability\":\"{durability}\"}}";
        Assert.True(answer is not null, $"no answer; {string.Join("; ", bridge.Notices)}");
        Assert.StartsWith(Ok, answer, StringComparison.Ordinal);
        Assert.EndsWith(rest, answer, StringComparison.Ordinal);
        return (client, long.Parse(answer![Ok.Length..^rest.Length], CultureInfo.InvariantCulture));
    }

    public static string Hello(string session, string instance = "i1", string token = TestBridge.Token, int version = 1, long first = 1) =>
        $$"""{"SparkObsHello":{{version}},"token":"{{token}}","session":"{{session}}","instance":"{{instance}}","firstSeq":{{first}},"appName":"{{session}}","appId":null,"sparkVersion":"3.5.3","shimVersion":"0.1.0"}""" + "\n";

    /// <summary>A line of an event log as a driver sends it.</summary>
    public static byte[] Numbered(long sequence, ReadOnlySpan<byte> line) =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"SparkObsSeq\":{sequence},")), .. line[1..], (byte)'\n'];

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (stream is SslStream)
            await stream.WriteAsync(bytes);
        else
            await SendPlainAsync(bytes);
    }

    private async Task SendPlainAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None)..];
    }

    /// <summary>Sends the lines under the numbers from <paramref name="first"/> on.</summary>
    public async Task SendLinesAsync(IEnumerable<byte[]> lines, long first = 1)
    {
        foreach (var some in lines.Select((line, i) => Numbered(first + i, line)).Chunk(50))
            await SendAsync(some.SelectMany(bytes => bytes).ToArray());
    }

    /// <summary>The bridge's next line, or null when it has closed.</summary>
    public async Task<string?> ReadLineAsync()
    {
        try
        {
            return await reader.ReadLineAsync().WaitAsync(Patience);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads acknowledgements until the bridge has the line of this number.</summary>
    public async Task WaitForAcknowledgementAsync(long sequence)
    {
        for (var last = -1L; last < sequence;)
        {
            var line = await ReadLineAsync() ?? throw new InvalidOperationException($"closed after the acknowledgement of {last}");
            var next = long.Parse(line["{\"ack\":".Length..^1], CultureInfo.InvariantCulture);
            Assert.True(next > last || last == -1, $"{last} is acknowledged, then {next}");
            last = next;
        }
    }

    public void EndSending() => socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => reader.Dispose();
}
