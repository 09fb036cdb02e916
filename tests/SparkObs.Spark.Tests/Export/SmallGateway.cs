using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace SparkObs.Spark.Tests.Export;

/// <summary>
/// A gateway with a limit: a request whose Content-Length is above it is answered with 413 as soon as its headers are there, and the
/// connection is closed while the client still sends; after reading what comes, as nginx does, or at once.
/// </summary>
internal sealed class SmallGateway : IAsyncDisposable
{
    private readonly RawHttpServer server;
    private readonly int maxBytes;
    private readonly bool readsOn;

    public SmallGateway(int maxBytes, bool readsOn)
    {
        this.maxBytes = maxBytes;
        this.readsOn = readsOn;
        server = new RawHttpServer(ServeAsync);
    }

    public Uri Endpoint => server.Endpoint;

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task ServeAsync(TcpClient client)
    {
        var stream = client.GetStream();
        var buffer = new byte[4 * 1024 * 1024];
        while (await RawHttpServer.ReadHeadAsync(stream, buffer) is { } head)
        {
            if (head.Length > maxBytes)
            {
                await stream.WriteAsync("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
                client.Client.Shutdown(SocketShutdown.Send);
                while (readsOn && await stream.ReadAsync(buffer) > 0)
                {
                }
                return;
            }
            if (Regex.IsMatch(head.Text, "(?i)expect: 100-continue"))
                await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
            await head.ReadBodyAsync(stream, buffer);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        }
    }
}
