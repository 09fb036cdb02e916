using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Tracing;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>Takes all at once, and says that a batch is settled when it is told to.</summary>
internal sealed class SettlingSink : ISpanSink
{
    private readonly Lock gate = new();
    private readonly List<(IReadOnlyList<TestSpan> Spans, Action? Settled)> waiting = [];
    private readonly List<TestSpan> settled = [];
    private bool dead;

    /// <summary>Spans of batches that are settled.</summary>
    public IReadOnlyList<TestSpan> Settled
    {
        get
        {
            lock (gate)
                return [.. settled];
        }
    }

    /// <summary>All that came.</summary>
    public IReadOnlyList<TestSpan> Spans
    {
        get
        {
            lock (gate)
                return [.. settled, .. waiting.SelectMany(batch => batch.Spans)];
        }
    }

    /// <summary>Its process is killed: nothing comes any more, nothing is settled.</summary>
    public void Kill()
    {
        lock (gate)
            dead = true;
    }

    /// <summary>Settles some of the batches, in any order.</summary>
    public void Settle(Func<bool> chosen)
    {
        List<(IReadOnlyList<TestSpan> Spans, Action? Settled)> now;
        lock (gate)
        {
            now = waiting.Where(_ => chosen()).ToList();
            waiting.RemoveAll(now.Contains);
            now.Reverse();
            settled.AddRange(now.SelectMany(batch => batch.Spans));
        }
        now.ForEach(batch => batch.Settled?.Invoke());
    }

    public ValueTask WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (!dead)
                waiting.Add((Trace.SpansOf(batch), batch.TakeSettled()));
        }
        batch.TakeSettled();
        batch.Return();
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
