namespace SparkObs.Spark.Events;

/// <summary>Text that is not compressed.</summary>
internal sealed class PlainDecoder(LogInput input) : LogDecoder(input)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (!await Input.HasAsync(1, cancellationToken).ConfigureAwait(false))
            return 0;
        var count = Math.Min(destination.Length, Input.Buffered.Length);
        Input.Buffered[..count].CopyTo(destination.Span);
        Input.Take(count);
        return count;
    }

    protected override ValueTask<bool> NextBlockAsync(CancellationToken cancellationToken) => new(false);
}
