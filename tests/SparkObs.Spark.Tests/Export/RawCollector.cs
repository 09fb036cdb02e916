using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace SparkObs.Spark.Tests.Export;

/// <summary>A receiver over HTTP that answers with bytes, one connection a request, and then breaks the connection off.</summary>
internal sealed class RawCollector : IAsyncDisposable
{
    private readonly RawHttpServer server;
    private readonly Func<int, string> answer;
    private int requests;

    /// <param name="answer">The answer to the request of that number, from 1.</param>
    public RawCollector(Func<int, string> answer)
    {
        this.answer = answer;
        server = new RawHttpServer(ServeAsync);
    }

    public Uri Endpoint => server.Endpoint;

    /// <summary>The ids of the spans of all requests, whatever was answered.</summary>
    public ConcurrentQueue<string> Ids { get; } = new();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task ServeAsync(TcpClient client)
    {
        var stream = client.GetStream();
        var buffer = new byte[1024 * 1024];
        if (await RawHttpServer.ReadHeadAsync(stream, buffer) is not { } head)
            return;
        await head.ReadBodyAsync(stream, buffer);
        foreach (var span in ProtobufDecoder.Decode(buffer.AsSpan(head.Body, head.Length)).Spans)
            Ids.Enqueue(span.SpanId);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer(Interlocked.Increment(ref requests))));
        client.LingerState = new LingerOption(true, 0);
    }
}
