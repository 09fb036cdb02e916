using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace SparkObs.Spark.Tests.Export;

/// <summary>
/// A gateway as nginx is one: a request whose Content-Length is above its limit is answered with 413 as soon as its headers are there,
/// and the connection ends while the client still sends.
/// </summary>
internal sealed class SmallGateway : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly int maxBytes;
    private readonly Task accepting;

    public SmallGateway(int maxBytes)
    {
        this.maxBytes = maxBytes;
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
        catch (SocketException)
        {
            // The listener was stopped.
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
                var length = int.Parse(Regex.Match(Encoding.ASCII.GetString(buffer, 0, body), "(?i)content-length: (\\d+)").Groups[1].Value);
                if (length > maxBytes)
                {
                    await stream.WriteAsync("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
                    client.Client.Shutdown(SocketShutdown.Send);
                    while (await stream.ReadAsync(buffer) > 0)
                    {
                    }
                    return;
                }
                await stream.ReadExactlyAsync(buffer.AsMemory(read, body + 4 + length - read));
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
            }
        }
    }
}
