using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Export;

/// <summary>
/// The way of each batch: through the TracerProviders that have joined, and while there is none straight to the collector. Never both.
/// </summary>
internal sealed class SpanRoute(OtlpSink direct, ActivitySink providers) : ISpanSink
{
    public ValueTask WriteAsync(SpanBatch batch, CancellationToken cancellationToken) =>
        providers.HasProvider ? providers.WriteAsync(batch, cancellationToken) : direct.WriteAsync(batch, cancellationToken);

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await providers.FlushAsync(cancellationToken).ConfigureAwait(false);
        await direct.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => direct.DisposeAsync();
}
