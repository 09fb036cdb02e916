using System.Collections.Concurrent;
using Grpc.Core;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Export;

/// <summary>Delivery: what the sink does with each answer. Every test ends with the ledger.</summary>
public class OtlpSinkTests
{
    private const OtlpProtocol Grpc = OtlpProtocol.Grpc, Http = OtlpProtocol.HttpProtobuf;

    public static TheoryData<string> Protocols => ["Grpc", "HttpProtobuf"];

    private readonly SkippingTime time = new();
    private readonly ConcurrentQueue<string> notices = new();

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Spans_of_many_batches_arrive_once_each(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Enum.Parse<OtlpProtocol>(protocol));
        await using var sink = Sink(collector, o => o with { MaxRequestBytes = 4_000, MaxQueuedBytes = 10_000 });

        for (var first = 1; first <= 5000; first += 100)
            await sink.WriteAsync(Batches.Small(100, first), default);
        await sink.FlushAsync(default);

        Assert.Equal(Ids(1, 5000), collector.Accepted.Order());
        Assert.All(collector.Received, r => Assert.InRange(r.Body.Length, 1, 4_000));
        AssertLedger(sink, exported: 5000);
        Assert.Empty(notices);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Answer_to_try_again_is_tried_again_and_told_once(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Enum.Parse<OtlpProtocol>(protocol));
        collector.Answer = (_, n) => n <= 3 ? new Answer { Http = 503, Grpc = StatusCode.Unavailable, Message = "busy" } : Answer.Ok;
        await using var sink = Sink(collector);

        await sink.WriteAsync(Batches.Small(10), default);
        await sink.FlushAsync(default);

        Assert.Equal(Ids(1, 10), collector.Accepted.Order());
        AssertLedger(sink, exported: 10);
        Assert.Equal((4, 3), (sink.Counts.Requests, sink.Counts.Retries));
        Assert.Equal(3, time.Waits.Count);
        Assert.Equal(2, notices.Count);
        var reason = protocol == "Grpc" ? "gRPC Unavailable: busy" : "HTTP 503: busy";
        Assert.Equal($"{Shown(collector)} takes no spans ({reason}); trying again for 60 s.", notices.First());
        Assert.StartsWith($"{Shown(collector)} takes spans again, after ", notices.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_After_is_honoured()
    {
        await using var collector = await MockCollector.StartAsync(Http);
        collector.Answer = (_, n) => n == 1 ? new Answer { Http = 429, RetryAfter = "17" } : Answer.Ok;
        await using var sink = Sink(collector);

        await sink.WriteAsync(Batches.Small(1), default);
        await sink.FlushAsync(default);

        Assert.Equal([TimeSpan.FromSeconds(17)], time.Waits);
        AssertLedger(sink, exported: 1);
    }

    [Fact]
    public async Task Retry_After_of_nothing_backs_off_all_the_same()
    {
        await using var collector = await MockCollector.StartAsync(Http);
        collector.Answer = (_, n) => n == 1 ? new Answer { Http = 503, RetryAfter = "0" } : Answer.Ok;
        await using var sink = Sink(collector);

        await sink.WriteAsync(Batches.Small(1), default);
        await sink.FlushAsync(default);

        Assert.InRange(Assert.Single(time.Waits), TimeSpan.FromMilliseconds(125), TimeSpan.FromMilliseconds(250));
        AssertLedger(sink, exported: 1);
    }

    [Fact]
    public async Task RetryInfo_is_honoured()
    {
        await using var collector = await MockCollector.StartAsync(Grpc);
        collector.Answer = (_, n) => n == 1
            ? new Answer { Grpc = StatusCode.ResourceExhausted, StatusDetails = RpcStatus.WithRetryInfo(13) }
            : Answer.Ok;
        await using var sink = Sink(collector);

        await sink.WriteAsync(Batches.Small(2), default);
        await sink.FlushAsync(default);

        Assert.Equal([TimeSpan.FromSeconds(13)], time.Waits);
        Assert.Equal([2, 2], collector.Received.Select(r => r.Spans.Count));
        AssertLedger(sink, exported: 2);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Partial_success_is_counted_and_not_sent_again(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Enum.Parse<OtlpProtocol>(protocol));
        collector.Answer = (_, n) => n == 1 ? new Answer { Body = RpcStatus.PartialSuccess(3, "too old") } : Answer.Ok;
        await using var sink = Sink(collector);

        await sink.WriteAsync(Batches.Small(10), default);
        await sink.FlushAsync(default);

        Assert.Single(collector.Received);
        AssertLedger(sink, exported: 7, ("partial success", 3));
        Assert.Equal("partial success: too old", sink.Counts.LastRefusal);
        Assert.Equal([$"{Shown(collector)} refused 3 spans for good (partial success: too old)."], notices);
    }

    [Fact]
    public async Task Warning_of_the_collector_is_told_once()
    {
        await using var collector = await MockCollector.StartAsync(Grpc);
        collector.Answer = (_, _) => new Answer { Body = RpcStatus.PartialSuccess(0, "slow down") };
        await using var sink = Sink(collector);

        await sink.WriteAsync(Batches.Small(10), default);
        await sink.WriteAsync(Batches.Small(10, 11), default);
        await sink.FlushAsync(default);

        AssertLedger(sink, exported: 20);
        Assert.Equal([$"{Shown(collector)} took all spans, with a warning: slow down"], notices);
    }

    [Fact]
    public async Task Batch_goes_back_to_its_pool_once_it_is_encoded()
    {
        await using var collector = await MockCollector.StartAsync(Http);
        await using var sink = Sink(collector);
        var pool = new SpanBatchPool();
        var batch = pool.Take();
        batch.Begin("n", Batches.Trace, new SpanId(1), default, 0, 0);
        batch.End();

        await sink.WriteAsync(batch, default);
        await sink.FlushAsync(default);

        Assert.Same(batch, pool.Take());
        Assert.Equal(0, batch.Count);
        AssertLedger(sink, exported: 1);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Refused_request_is_set_aside_and_the_next_goes_on(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Enum.Parse<OtlpProtocol>(protocol));
        var first = Ids(1, 20).ToHashSet();
        collector.Answer = (request, _) => first.Overlaps(request.Ids)
            ? new Answer { Http = 400, Grpc = StatusCode.InvalidArgument, Message = "what?" }
            : Answer.Ok;
        await using var sink = Sink(collector);

        for (var batch = 0; batch < 3; batch++)
            await sink.WriteAsync(Batches.Small(10, 1 + batch * 10), default);
        await sink.FlushAsync(default);

        Assert.Equal(Ids(21, 10), collector.Accepted.Order());
        AssertLedger(sink, exported: 10, (protocol == "Grpc" ? "gRPC InvalidArgument" : "HTTP 400", 20));
        Assert.Single(notices);
        Assert.Empty(time.Waits);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Too_large_request_is_halved_down_to_the_span_that_is_too_large(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Enum.Parse<OtlpProtocol>(protocol));
        var poison = Ids(77, 1).Single();
        collector.Answer = (request, _) => request.Ids.Contains(poison)
            ? new Answer { Http = 413, Grpc = StatusCode.ResourceExhausted, Message = "too large" }
            : Answer.Ok;
        await using var sink = Sink(collector);

        await sink.WriteAsync(Batches.Small(100), default);
        await sink.FlushAsync(default);

        Assert.Equal(Ids(1, 100).Except([poison]), collector.Accepted.Order());
        AssertLedger(sink, exported: 99, (protocol == "Grpc" ? "gRPC ResourceExhausted" : "HTTP 413", 1));
        Assert.Empty(time.Waits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Too_large_request_that_is_answered_before_it_is_read_is_halved(bool gatewayReadsOn)
    {
        await using var gateway = new SmallGateway(maxBytes: 300_000, gatewayReadsOn);
        await using var sink = new OtlpSink(
            new OtlpOptions { Protocol = Http, Endpoint = gateway.Endpoint }, notices.Enqueue, time);

        await sink.WriteAsync(Batches.Small(1000, text: 15_000), default);
        await sink.FlushAsync(default);

        AssertLedger(sink, exported: 1000);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Broken_connection_is_tried_again(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Enum.Parse<OtlpProtocol>(protocol));
        collector.Answer = (_, n) => n <= 2 ? Answer.Break : Answer.Ok;
        await using var sink = Sink(collector);

        await sink.WriteAsync(Batches.Small(10), default);
        await sink.FlushAsync(default);

        Assert.Equal(Ids(1, 10), collector.Accepted.Order());
        AssertLedger(sink, exported: 10);
        Assert.Equal(3, sink.Counts.Requests);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Hung_collector_times_out_and_is_tried_again(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Enum.Parse<OtlpProtocol>(protocol));
        collector.Answer = (_, n) => n == 1 ? Answer.Hang : Answer.Ok;
        await using var sink = Sink(collector, o => o with { Timeout = TimeSpan.FromMilliseconds(200) });

        await sink.WriteAsync(Batches.Small(10), default);
        await sink.FlushAsync(default);

        Assert.Equal(Ids(1, 10), collector.Accepted.Distinct().Order());
        AssertLedger(sink, exported: 10);
        Assert.StartsWith($"{Shown(collector)} takes no spans (timeout: no answer within 0.2 s)", notices.First(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Collector_that_comes_later_gets_everything_once(string protocol)
    {
        var kind = Enum.Parse<OtlpProtocol>(protocol);
        Uri endpoint;
        await using (var gone = await MockCollector.StartAsync(kind))
            endpoint = gone.Endpoint;
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sink = new OtlpSink(
            new OtlpOptions { Protocol = kind, Endpoint = endpoint, MaxQueuedBytes = 20_000 },
            _ => failed.TrySetResult());

        var writing = WriteAllAsync();
        await failed.Task;
        await using var collector = await MockCollector.StartAsync(kind, endpoint.Port);
        await writing;
        await sink.FlushAsync(default);

        Assert.Equal(Ids(1, 1000), collector.Accepted.Order());
        AssertLedger(sink, exported: 1000);

        async Task WriteAllAsync()
        {
            for (var first = 1; first <= 1000; first += 50)
                await sink.WriteAsync(Batches.Small(50, first), default);
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Collector_that_never_comes_is_given_up_with_one_line(string protocol)
    {
        var kind = Enum.Parse<OtlpProtocol>(protocol);
        await using var collector = await MockCollector.StartAsync(kind);
        collector.Answer = (_, n) => n == 1 ? Answer.Ok : new Answer { Http = 503, Grpc = StatusCode.Unavailable, Message = "down" };
        await using var sink = Sink(collector);

        await sink.WriteAsync(Batches.Small(10), default);
        await sink.FlushAsync(default);
        await sink.WriteAsync(Batches.Small(5), default);
        var thrown = await Assert.ThrowsAsync<CollectorUnreachableException>(() => sink.FlushAsync(default).AsTask());

        Assert.Equal(
            $"{Shown(collector)} took no spans for 60 s ({(protocol == "Grpc" ? "gRPC Unavailable" : "HTTP 503")}: down); 10 spans delivered, 5 not delivered.",
            thrown.Message);
        Assert.Equal(TimeSpan.FromSeconds(60), TimeSpan.FromTicks(time.Waits.Sum(w => w.Ticks)));
        Assert.Same(thrown, await Assert.ThrowsAsync<CollectorUnreachableException>(
            () => sink.WriteAsync(Batches.Small(1), default).AsTask()));
        var counts = sink.Counts;
        Assert.Equal((15, 10, 0, 5), (counts.Taken, counts.Exported, counts.Refused, counts.Queued));
    }

    [Fact]
    public async Task Delay_beyond_the_time_to_give_up_is_not_waited_for()
    {
        await using var collector = await MockCollector.StartAsync(Http);
        collector.Answer = (_, _) => new Answer { Http = 429, RetryAfter = "3600" };
        await using var sink = Sink(collector);

        await sink.WriteAsync(Batches.Small(1), default);
        await Assert.ThrowsAsync<CollectorUnreachableException>(() => sink.FlushAsync(default).AsTask());

        Assert.Single(collector.Received);
        Assert.InRange(time.Waits.Single(), TimeSpan.FromSeconds(59), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Full_queue_makes_the_producer_wait_and_its_cancellation_takes_nothing()
    {
        await using var collector = await MockCollector.StartAsync(Http);
        var open = new TaskCompletionSource();
        collector.Answer = (_, _) =>
        {
            open.Task.Wait();
            return Answer.Ok;
        };
        await using var sink = Sink(collector, o => o with { MaxQueuedBytes = 1 });

        await sink.WriteAsync(Batches.Small(10), default);
        using var cancelled = new CancellationTokenSource();
        var waiting = sink.WriteAsync(Batches.Small(10, 11), cancelled.Token).AsTask();
        Assert.False(waiting.IsCompleted);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var later = sink.WriteAsync(Batches.Small(10, 21), default).AsTask();
        Assert.False(later.IsCompleted);
        open.SetResult();
        await later;
        await sink.FlushAsync(default);

        Assert.Equal(Ids(1, 10).Concat(Ids(21, 10)), collector.Accepted.Order());
        AssertLedger(sink, exported: 20);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Disposing_does_not_wait_for_a_hung_collector(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Enum.Parse<OtlpProtocol>(protocol));
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        collector.Answer = (_, _) =>
        {
            arrived.TrySetResult();
            return Answer.Hang;
        };
        var sink = Sink(collector, o => o with { Timeout = TimeSpan.FromHours(1) });
        await sink.WriteAsync(Batches.Small(10), default);
        await arrived.Task;
        var flush = sink.FlushAsync(default).AsTask();

        await sink.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        await Assert.ThrowsAsync<ObjectDisposedException>(() => flush);
        Assert.Equal((10, 10), (sink.Counts.Taken, sink.Counts.Queued));
    }

    private static string Shown(MockCollector collector) => collector.Endpoint.AbsoluteUri;

    private OtlpSink Sink(MockCollector collector, Func<OtlpOptions, OtlpOptions>? change = null)
    {
        var protocol = collector.Endpoint.AbsolutePath == "/" ? Grpc : Http;
        var options = new OtlpOptions { Protocol = protocol, Endpoint = collector.Endpoint };
        return new OtlpSink(change?.Invoke(options) ?? options, notices.Enqueue, time);
    }

    private static IEnumerable<string> Ids(int first, int count) => Enumerable.Range(first, count).Select(i => i.ToString("x16"));

    private static void AssertLedger(OtlpSink sink, long exported, params (string Reason, long Spans)[] refused)
    {
        var counts = sink.Counts;
        var refusedSpans = refused.Sum(r => r.Spans);
        Assert.Equal((exported + refusedSpans, exported, refusedSpans, 0), (counts.Taken, counts.Exported, counts.Refused, counts.Queued));
        Assert.Equal(refused.ToDictionary(r => r.Reason, r => r.Spans), counts.RefusedByReason);
    }
}
