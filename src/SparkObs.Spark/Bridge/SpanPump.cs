using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Bridge;

/// <summary>
/// Carries the finished spans of one application to its sink, in a task of its own: whoever reads the socket waits only when too
/// many are pending, and a slow sink slows its own application alone.
/// </summary>
internal sealed class SpanPump : IAsyncDisposable
{
    /// <summary>Spans leave at most so long after they ended; half a second is below what a person notices in a backend.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    /// <summary>Pending spans from which on reading waits: about 3 MB, and enough for a full request.</summary>
    private const int MaxPending = 2_048;

    private readonly object gate;
    private readonly TraceBuilder builder;
    private readonly ISpanSink sink;
    private readonly Action beforeTake;
    private readonly Func<bool, Action?> taken;
    private readonly Action<Exception> failed;
    private readonly CancellationToken stop;
    private readonly SemaphoreSlim wake = new(0);
    private readonly Task run;
    private readonly TaskCompletionSource unbounded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? emptied;
    private long takenSpans;
    private long discarded;
    private long delivered;
    private long lost;
    private bool broken;

    /// <param name="gate">Guards the builder.</param>
    /// <param name="beforeTake">Called inside the gate before spans are taken.</param>
    /// <param name="taken">Called inside the gate after spans were taken, with whether there were any; answers what is to be told when
    /// they are settled.</param>
    /// <param name="failed">Told when the sink fails, once: later spans are counted as lost, and nobody waits for it.</param>
    /// <param name="stop">Ends the pump, whatever is pending.</param>
    public SpanPump(object gate, TraceBuilder builder, ISpanSink sink, Action beforeTake, Func<bool, Action?> taken, Action<Exception> failed, CancellationToken stop)
    {
        this.gate = gate;
        this.builder = builder;
        this.sink = sink;
        this.beforeTake = beforeTake;
        this.taken = taken;
        this.failed = failed;
        this.stop = stop;
        run = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Spans that the sink did not take because it failed or the bridge was stopped.</summary>
    public long Lost => Interlocked.Read(ref lost);

    /// <summary>Of the spans that were built so many were settled before this process began.</summary>
    public long Discarded => Interlocked.Read(ref discarded);

    /// <summary>Inside the gate: what was built up to now is settled already, and is not sent again.</summary>
    public void Discard()
    {
        builder.TakeBatch()?.Return();
        takenSpans = builder.Counters.Spans;
        Interlocked.Exchange(ref discarded, takenSpans);
    }

    /// <summary>From now on nobody waits for room: what still comes is little.</summary>
    public void StopWaiting() => unbounded.TrySetResult();

    /// <summary>Spans that were built and that the sink has not taken. Inside the gate.</summary>
    public long Waiting => builder.Counters.Spans - Discarded - Interlocked.Read(ref delivered) - Lost;

    /// <summary>It carries what it is given, or waits for its sink.</summary>
    public bool IsRunning => !run.IsCompleted;

    /// <summary>Waits for the end that was asked for.</summary>
    public async ValueTask DisposeAsync()
    {
        await run.ConfigureAwait(false);
        wake.Dispose();
    }

    /// <summary>Waits, if too many spans are pending, until the sink has taken them.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (builder.Counters.Spans - takenSpans < MaxPending || unbounded.Task.IsCompleted)
                return Task.CompletedTask;
        }
        return Task.WhenAny(EmptyAsync(), unbounded.Task).WaitAsync(cancellationToken);
    }

    /// <summary>Completes when the sink has all spans that were built up to now, or will not take them any more.</summary>
    public Task EmptyAsync()
    {
        Task task;
        lock (gate)
        {
            if (run.IsCompleted)
                return Task.CompletedTask;
            emptied ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            task = emptied.Task;
        }
        wake.Release();
        return task.WaitAsync(Timeout.InfiniteTimeSpan, stop);
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await wake.WaitAsync(Every, stop).ConfigureAwait(false);
                await TakeAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            lock (gate)
                Interlocked.Add(ref lost, builder.Counters.Spans - takenSpans);
        }
    }

    private async ValueTask TakeAsync()
    {
        TaskCompletionSource? waiting;
        SpanBatch? batch;
        lock (gate)
        {
            beforeTake();
            batch = builder.TakeBatch();
            (waiting, emptied) = (emptied, null);
            takenSpans = builder.Counters.Spans;
            if (taken(batch is not null) is { } settled)
                batch!.Settled = settled;
        }
        if (batch is not null)
            await WriteAsync(batch).ConfigureAwait(false);
        waiting?.SetResult();
    }

    private async ValueTask WriteAsync(SpanBatch batch)
    {
        var count = batch.Count;
        if (broken)
        {
            Interlocked.Add(ref lost, count);
            batch.TakeSettled();
            batch.Return();
            return;
        }
        try
        {
            await sink.WriteAsync(batch, stop).ConfigureAwait(false);
            Interlocked.Add(ref delivered, count);
        }
        catch (Exception e)
        {
            Interlocked.Add(ref lost, count);
            if (e is OperationCanceledException && stop.IsCancellationRequested)
                throw;
            broken = true;
            failed(e);
        }
    }
}
