using System.Collections.Concurrent;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Export;

/// <summary>When a batch is told that nobody needs its spans any more.</summary>
public sealed class SettledTests : IDisposable
{
    private static readonly Answer Busy = new() { Http = 503 };

    private readonly TempFolder folder = new();
    private readonly ConcurrentQueue<int> settled = new();
    private readonly ConcurrentQueue<string> notices = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    public async Task Batch_is_settled_once_when_the_last_of_its_requests_is_answered_for_good(int status)
    {
        await using var collector = await StartAsync();
        var open = new TaskCompletionSource();
        collector.Answer = (_, n) =>
        {
            if (n > 2)
                open.Task.Wait();
            return new Answer { Http = n % 3 == 0 ? 503 : status };
        };
        await using var sink = Sink(collector, onDisk: false);

        await sink.WriteAsync(Batch(1, spans: 100), default);
        await UntilAsync(() => sink.Counts.Requests >= 2);
        Assert.Empty(settled);
        open.SetResult();
        await sink.FlushAsync(default);
        await UntilAsync(() => !settled.IsEmpty);

        Assert.Equal([1], settled);
        Assert.Equal(100, sink.Counts.Exported + sink.Counts.Refused);
    }

    [Fact]
    public async Task Batch_is_settled_once_when_it_is_on_disk()
    {
        await using var collector = await StartAsync();
        collector.Answer = (_, _) => Busy;
        await using var sink = Sink(collector, onDisk: true);

        for (var batch = 1; batch <= 20; batch++)
            await sink.WriteAsync(Batch(batch, spans: 100), default);
        await UntilAsync(() => settled.Count == 20);

        Assert.Equal((0, 2000), (sink.Counts.QueuedInMemory, sink.Counts.QueuedOnDisk));
        collector.Answer = (request, n) => n % 2 == 0 ? Busy : request.Spans.Count > 3 ? new Answer { Http = 413 } : Answer.Ok;
        await sink.FlushAsync(default);
        Assert.Equal(2000, sink.Counts.Exported);
        Assert.Equal(Enumerable.Range(1, 20), settled.Order());
    }

    [Fact]
    public async Task Batch_whose_requests_are_halved_is_settled_once()
    {
        await using var collector = await StartAsync();
        collector.Answer = (request, n) => n % 3 == 0 ? Busy : request.Spans.Count > 1 ? new Answer { Http = 413 } : Answer.Ok;
        await using var sink = Sink(collector, onDisk: false);

        await sink.WriteAsync(Batch(1, spans: 100), default);
        await sink.FlushAsync(default);
        await UntilAsync(() => !settled.IsEmpty);

        Assert.Equal(100, sink.Counts.Exported);
        Assert.Equal([1], settled);
    }

    [Fact]
    public async Task Batch_that_is_given_up_is_not_settled()
    {
        await using var collector = await StartAsync();
        collector.Answer = (_, _) => Busy;
        var sink = Sink(collector, onDisk: false);
        await sink.WriteAsync(Batch(1, spans: 100), default);
        await UntilAsync(() => sink.Counts.Retries > 0);

        await sink.DisposeAsync();

        Assert.Empty(settled);
        Assert.Equal(100, sink.Counts.QueuedInMemory);
    }

    [Fact]
    public async Task Batch_that_disposing_writes_to_disk_is_settled()
    {
        await using var collector = await StartAsync();
        collector.Answer = (_, _) => Answer.Hang;
        var sink = Sink(collector, onDisk: true);
        await sink.WriteAsync(Batch(1, spans: 100), default);

        await sink.DisposeAsync();

        Assert.Equal([1], settled);
        Assert.Equal(100, sink.Counts.QueuedOnDisk);
    }

    [Fact]
    public async Task Callback_that_throws_harms_nobody()
    {
        await using var collector = await StartAsync();
        await using var sink = Sink(collector, onDisk: false);
        var batch = Batches.Small(10);
        batch.Settled = () => throw new InvalidOperationException("no");

        await sink.WriteAsync(batch, default);
        await sink.WriteAsync(Batch(2, spans: 10), default);
        await sink.FlushAsync(default);
        await UntilAsync(() => !settled.IsEmpty && !notices.IsEmpty);

        Assert.Equal(20, sink.Counts.Exported);
        Assert.Equal([2], settled);
        Assert.Equal(["what waited for spans failed: no"], notices);
    }

    private static Task<MockCollector> StartAsync() => MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);

    private SpanBatch Batch(int number, int spans)
    {
        var batch = Batches.Small(spans, number * 1000);
        batch.Settled = () => settled.Enqueue(number);
        return batch;
    }

    private OtlpSink Sink(MockCollector collector, bool onDisk) => new(
        new OtlpOptions
        {
            Protocol = OtlpProtocol.HttpProtobuf,
            Endpoint = collector.Endpoint,
            MaxRequestBytes = 1_000,
            MaxQueuedBytes = 20_000,
            GiveUpAfter = Timeout.InfiniteTimeSpan,
            QueueDirectory = onDisk ? Path.Combine(folder.Path, "queue") : null,
        },
        notices.Enqueue, new SkippingTime());

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
            await Task.Delay(10, late.Token);
    }
}
