using System.Collections.Concurrent;

namespace SparkObs.Spark.Tracing;

/// <summary>Batches to use again. Bounded: a burst's batches beyond <paramref name="capacity"/> go to the collector.</summary>
internal sealed class SpanBatchPool(int capacity = 8)
{
    private readonly ConcurrentQueue<SpanBatch> free = new();

    public SpanBatch Take() => free.TryDequeue(out var batch) ? batch : new SpanBatch(this);

    public void Put(SpanBatch batch)
    {
        if (free.Count < capacity)
            free.Enqueue(batch);
    }
}
