using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Export;

/// <summary>Where finished spans go: a collector, a file, the terminal.</summary>
internal interface ISpanSink : IAsyncDisposable
{
    /// <summary>
    /// Takes the batch over, and returns it to its pool once it is no longer needed. Waits while the sink is full: nothing is
    /// dropped. Called by one producer at a time.
    /// </summary>
    ValueTask WriteAsync(SpanBatch batch, CancellationToken cancellationToken);

    /// <summary>Waits until everything that was taken is delivered or given up for good.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);
}
