using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace SparkObs.Spark.Tests.Export;

/// <summary>A receiver over HTTP that answers with bytes, one connection a request, and then breaks the connection off.</summary>
internal sealed class RawCollector : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Func<int, string> answer;
    private readonly Task accepting;
    private int requests;

    /// <param name="answer">The answer to the request of that number, from 1.</param>
    public RawCollector(Func<int, string> answer)
    {
        this.answer = answer;
        listener.Start();
        Endpoint = new Uri($"http://{listener.LocalEndpoint}/v1/traces");
        accepting = AcceptAsync();
    }

    public Uri Endpoint { get; }

    /// <summary>The ids of the spans of all requests, whatever was answered.</summary>
    public ConcurrentQueue<string> Ids { get; } = new();

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
            var buffer = new byte[1024 * 1024];
            int read = 0, body;
            while ((body = buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8)) < 0)
            {
                var more = await stream.ReadAsync(buffer.AsMemory(read));
                if (more == 0)
                    return;
                read += more;
            }
            var headers = Encoding.ASCII.GetString(buffer, 0, body);
            var end = body + 4 + int.Parse(Regex.Match(headers, "(?i)content-length: (\\d+)").Groups[1].Value);
            await stream.ReadExactlyAsync(buffer.AsMemory(read, end - read));
            foreach (var span in ProtobufDecoder.Decode(buffer.AsSpan((body + 4)..end).ToArray()).Spans)
                Ids.Enqueue(span.SpanId);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer(Interlocked.Increment(ref requests))));
            client.LingerState = new LingerOption(true, 0);
        }
    }
}
