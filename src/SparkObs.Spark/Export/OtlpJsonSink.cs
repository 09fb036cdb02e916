using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Export;

/// <summary>
/// Writes spans as lines of OTLP/JSON: the format of the OpenTelemetry Collector's file exporter, which its otlpjsonfile receiver
/// reads. The same spans give the same bytes. An error of the stream (a full disk) is thrown as it is.
/// </summary>
/// <param name="destination">Where lines go; disposed with the sink.</param>
internal sealed class OtlpJsonSink(Stream destination) : ISpanSink
{
    /// <summary>
    /// A line has at most so many spans, and ends with the span that makes it longer than so many bytes: readers hold whole lines in
    /// memory.
    /// </summary>
    private const int MaxSpans = 256, MaxBytes = 1024 * 1024;

    private PooledBuffer buffer = new(MaxBytes);

    public async ValueTask WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            for (var next = 0; next < batch.Count;)
            {
                var length = EncodeLine(batch, ref next);
                await destination.WriteAsync(buffer.Bytes.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            batch.Return();
        }
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => new(destination.FlushAsync(cancellationToken));

    public ValueTask DisposeAsync()
    {
        buffer.Return();
        return destination.DisposeAsync();
    }

    /// <summary>Encodes the spans from <paramref name="next"/> on as one line, and moves <paramref name="next"/> behind them.</summary>
    private int EncodeLine(SpanBatch batch, ref int next)
    {
        var spans = batch.Spans;
        buffer.Ensure(0, EncodedSize.Of(batch.Resource, EncodedSize.JsonChar));
        var position = OtlpJson.WriteStart(buffer.Bytes, 0, batch.Resource);
        for (var end = Math.Min(spans.Length, next + MaxSpans); next < end && position < MaxBytes; next++)
        {
            ref readonly var span = ref spans[next];
            buffer.Ensure(position, EncodedSize.Of(batch, span, EncodedSize.JsonChar));
            position = OtlpJson.WriteSpan(buffer.Bytes, position, batch, span);
        }
        return OtlpJson.WriteEnd(buffer.Bytes, position);
    }
}
