using System.Diagnostics;
using System.Runtime.Versioning;
using Grpc.Core;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Events;

namespace SparkObs.Spark.Tests.Export;

/// <summary>
/// Whatever the collector does, with memory for little and the rest on disk: every span arrives, and twice only where an answer was
/// lost.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class HostileCollectorTests : IDisposable
{
    private const int Spans = 2000;

    private readonly TempFolder folder = new();

    public static TheoryData<string> Protocols => ["Grpc", "HttpProtobuf"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Flapping(string protocol)
    {
        var kind = Enum.Parse<OtlpProtocol>(protocol);
        var collector = await MockCollector.StartAsync(kind);
        var accepted = new List<string>();
        var port = collector.Endpoint.Port;
        var limit = 0;
        Limit(collector);
        await using var sink = Sink(kind, collector.Endpoint);

        var writing = WriteAllAsync(sink);
        for (var downs = 0; downs < 3; downs++)
        {
            var exported = sink.Counts.Exported;
            await UntilAsync(() => sink.Counts.Exported > exported);
            await collector.DisposeAsync();
            accepted.AddRange(collector.Accepted);
            var onDisk = sink.Counts.QueuedOnDisk;
            await UntilAsync(() => sink.Counts.QueuedOnDisk > onDisk || sink.Counts.QueuedInMemory == 0);
            collector = await MockCollector.StartAsync(kind, port);
            if (downs < 2)
                Limit(collector);
        }
        await writing;
        await sink.FlushAsync(default);
        await collector.DisposeAsync();
        accepted.AddRange(collector.Accepted);

        // A collector that is stopped while it answers has taken what it is sent again.
        Assert.Equal(Ids(), accepted.Distinct().Order());
        Assert.InRange(accepted.Count - Spans, 0, 3 * 2 * 100);
        AssertAllExported(sink);

        // Each up-time takes a few requests only, so that there is something left for the next.
        void Limit(MockCollector up)
        {
            limit = 0;
            up.Answer = (_, _) => Interlocked.Increment(ref limit) <= 5 ? Answer.Ok : new Answer { Http = 503, Grpc = StatusCode.Unavailable };
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Half_of_the_requests_are_asked_to_come_back(string protocol)
    {
        var kind = Enum.Parse<OtlpProtocol>(protocol);
        await using var collector = await MockCollector.StartAsync(kind);
        collector.Answer = (_, n) => n % 2 == 0
            ? new Answer { Http = 503, RetryAfter = "1", Grpc = StatusCode.ResourceExhausted, StatusDetails = RpcStatus.WithRetryInfo(1) }
            : Answer.Ok;
        await using var sink = Sink(kind, collector.Endpoint);

        await WriteAllAsync(sink);
        await sink.FlushAsync(default);

        Assert.Equal(Ids(), collector.Accepted.Order());
        AssertAllExported(sink);
        Assert.Equal(sink.Counts.Requests / 2, sink.Counts.Retries);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Connections_are_taken_and_hang(string protocol)
    {
        var kind = Enum.Parse<OtlpProtocol>(protocol);
        await using var collector = await MockCollector.StartAsync(kind);
        collector.Answer = (_, n) => n <= 4 ? Answer.Hang : Answer.Ok;
        await using var sink = Sink(kind, collector.Endpoint, TimeSpan.FromMilliseconds(300));

        await WriteAllAsync(sink);
        await sink.FlushAsync(default);

        Assert.Equal(Ids(), collector.Accepted.Distinct().Order());
        AssertAllExported(sink);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Connections_break_after_the_request(string protocol)
    {
        var kind = Enum.Parse<OtlpProtocol>(protocol);
        await using var collector = await MockCollector.StartAsync(kind);
        collector.Answer = (_, n) => n % 3 == 0 ? Answer.Break : Answer.Ok;
        await using var sink = Sink(kind, collector.Endpoint);

        await WriteAllAsync(sink);
        await sink.FlushAsync(default);

        Assert.Equal(Ids(), collector.Accepted.Distinct().Order());
        AssertAllExported(sink);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\u0001\u0002 not HTTP\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n")]
    [InlineData("HTTP/1.1 200 O")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: minus\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 8\r\n\r\nLog in!\n")]
    [InlineData("HTTP/1.1 503 Busy\r\nRetry-After: 99999999999\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 503 Busy\r\nRetry-After: 2000000000\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 503 Busy\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 503 Busy\r\nContent-Type: application/x-protobuf; charset=\"\r\nContent-Length: 3\r\n\r\n\u007f\u007f\u007f")]
    public async Task Answers_are_rubbish(string rubbish)
    {
        await using var collector = new RawCollector(n => n % 2 == 1 ? rubbish : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await using var sink = Sink(OtlpProtocol.HttpProtobuf, collector.Endpoint);

        await WriteAllAsync(sink);
        await sink.FlushAsync(default);

        Assert.Equal(Ids(), collector.Ids.Distinct().Order());
        AssertAllExported(sink);
    }

    [Fact]
    public async Task Details_of_a_gRPC_status_are_rubbish()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.Grpc);
        collector.Answer = (_, n) => n % 2 == 1 ? new Answer { Grpc = StatusCode.Unavailable, RawStatusDetails = "%%% no base64" } : Answer.Ok;
        await using var sink = Sink(OtlpProtocol.Grpc, collector.Endpoint);

        await WriteAllAsync(sink);
        await sink.FlushAsync(default);

        Assert.Equal(Ids(), collector.Accepted.Order());
        AssertAllExported(sink);
    }

    private OtlpSink Sink(OtlpProtocol protocol, Uri endpoint, TimeSpan? timeout = null) => new(
        new OtlpOptions
        {
            Protocol = protocol,
            Endpoint = endpoint,
            Timeout = timeout ?? TimeSpan.FromSeconds(10),
            MaxRequestBytes = 8_000,
            MaxQueuedBytes = 20_000,
            GiveUpAfter = Timeout.InfiniteTimeSpan,
            QueueDirectory = Path.Combine(folder.Path, "queue"),
        },
        time: new SkippingTime());

    private static async Task WriteAllAsync(OtlpSink sink)
    {
        for (var first = 1; first <= Spans; first += 100)
            await sink.WriteAsync(Batches.Small(100, first), default);
    }

    private static IEnumerable<string> Ids() => Enumerable.Range(1, Spans).Select(i => i.ToString("x16"));

    private static void AssertAllExported(OtlpSink sink)
    {
        var counts = sink.Counts;
        Assert.Equal((Spans, 0, Spans, 0, 0), (counts.Taken, counts.TakenOver, counts.Exported, counts.Refused, counts.Queued));
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); await Task.Delay(5))
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "what was waited for did not happen");
    }
}
