namespace SparkObs.Spark.Export;

/// <summary>
/// Counts the requests made of one batch, and calls the batch's <see cref="Tracing.SpanBatch.Settled"/> when the last of them is
/// confirmed, refused for good or on disk. Who makes requests holds one count meanwhile.
/// </summary>
internal sealed class Settlement(Action settled)
{
    private int open = 1;

    /// <summary>One more request.</summary>
    public void Add() => Interlocked.Increment(ref open);

    /// <summary>One less. Throws what the callback throws.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref open) == 0)
            settled();
    }
}
