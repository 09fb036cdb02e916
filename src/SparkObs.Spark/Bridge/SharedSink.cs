using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Bridge;

/// <summary>One sink for many applications: they take turns, in the order in which they came.</summary>
internal sealed class SharedSink(ISpanSink sink) : ISpanSink
{
    private readonly SemaphoreSlim turn = new(1);

    public async ValueTask WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await sink.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken) => await sink.FlushAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        await sink.DisposeAsync().ConfigureAwait(false);
        turn.Dispose();
    }
}
