using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace SparkObs.Spark.Tests.Export;

/// <summary>
/// A gateway with a limit: a request whose Content-Length is above it is answered with 413 as soon as its headers are there, and the
/// connection is closed while the client still sends; after reading what comes, as nginx does, or at once.
/// </summary>
internal sealed class SmallGateway : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly int maxBytes;
    private readonly bool readsOn;
    private readonly Task accepting;

    public SmallGateway(int maxBytes, bool readsOn)
    {
        this.maxBytes = maxBytes;
        this.readsOn = readsOn;
        listener.Start();
        Endpoint = new Uri($"http://{listener.LocalEndpoint}/v1/traces");
        accepting = AcceptAsync();
    }

    public Uri Endpoint { get; }

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException or ObjectDisposedException)
        {
            // The listener was stopped, while it waited or just before.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            var buffer = new byte[4 * 1024 * 1024];
            while (true)
            {
                var read = 0;
                int body;
                while ((body = buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8)) < 0)
                {
                    var more = await stream.ReadAsync(buffer.AsMemory(read));
                    if (more == 0)
                        return;
                    read += more;
                }
                var headers = Encoding.ASCII.GetString(buffer, 0, body);
                var length = int.Parse(Regex.Match(headers, "(?i)content-length: (\\d+)").Groups[1].Value);
                if (length > maxBytes)
                {
                    await stream.WriteAsync("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
                    client.Client.Shutdown(SocketShutdown.Send);
                    while (readsOn && await stream.ReadAsync(buffer) > 0)
                    {
                    }
                    return;
                }
                if (Regex.IsMatch(headers, "(?i)expect: 100-continue"))
                    await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
                await stream.ReadExactlyAsync(buffer.AsMemory(read, body + 4 + length - read));
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
            }
        }
    }
}
