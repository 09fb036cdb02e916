using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace SparkObs.Spark.Tests.Export;

/// <summary>HTTP by hand, for answers that no server gives.</summary>
internal sealed class RawHttpServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Func<TcpClient, Task> serve;
    private readonly Task accepting;

    /// <param name="serve">Serves one connection, which is closed after it.</param>
    public RawHttpServer(Func<TcpClient, Task> serve)
    {
        this.serve = serve;
        listener.Start();
        Endpoint = new Uri($"http://{listener.LocalEndpoint}/v1/traces");
        accepting = AcceptAsync();
    }

    public Uri Endpoint { get; }

    /// <summary>Reads until a request's headers are there; null where the client ended before.</summary>
    /// <param name="buffer">Gets what was read: the headers, and perhaps a part of the body or all of it.</param>
    public static async Task<Head?> ReadHeadAsync(NetworkStream stream, byte[] buffer)
    {
        int read = 0, end;
        while ((end = buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var more = await stream.ReadAsync(buffer.AsMemory(read));
            if (more == 0)
                return null;
            read += more;
        }
        var headers = Encoding.ASCII.GetString(buffer, 0, end);
        var length = int.Parse(Regex.Match(headers, "(?i)content-length: (\\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
        return new Head(headers, end + 4, length, read);
    }

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
            await serve(client);
    }

    /// <param name="Body">Where the body begins in the buffer.</param>
    /// <param name="Length">The body's, as the client says it.</param>
    /// <param name="Read">How many bytes of the buffer are read.</param>
    internal sealed record Head(string Text, int Body, int Length, int Read)
    {
        /// <summary>Reads what is missing of the body.</summary>
        public ValueTask ReadBodyAsync(NetworkStream stream, byte[] buffer) => stream.ReadExactlyAsync(buffer.AsMemory(Read, Body + Length - Read));
    }
}
