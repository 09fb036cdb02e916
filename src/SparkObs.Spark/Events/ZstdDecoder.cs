using System.Buffers;
using ZstdSharp;

namespace SparkObs.Spark.Events;

/// <summary>zstd: one frame or many. Spark's has no content size, and no end after a crash.</summary>
internal sealed class ZstdDecoder(LogInput input) : LogDecoder(input)
{
    private readonly Decompressor decompressor = new();
    private bool inFrame;

    /// <summary>Whether the decompressor may hold text that it had no room for.</summary>
    private bool hasMore;

    public static ReadOnlySpan<byte> Magic => [0x28, 0xB5, 0x2F, 0xFD];

    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!hasMore && !await Input.HasAsync(1, cancellationToken).ConfigureAwait(false))
                return inFrame ? throw Damaged("the zstd frame is cut off") : 0;
            var written = Decompress(destination.Span);
            if (written > 0)
                return written;
        }
    }

    private int Decompress(Span<byte> destination)
    {
        try
        {
            var status = decompressor.UnwrapStream(Input.Buffered, destination, out var consumed, out var written);
            Input.Take(consumed);
            inFrame = status != OperationStatus.Done;
            hasMore = inFrame && written == destination.Length;
            return consumed == 0 && written == 0 && !Input.Buffered.IsEmpty ? throw Damaged("the zstd data is corrupt") : written;
        }
        catch (ZstdException)
        {
            throw Damaged("the zstd data is corrupt");
        }
    }

    protected override ValueTask<bool> NextBlockAsync(CancellationToken cancellationToken) => new(false);

    public override void Dispose()
    {
        decompressor.Dispose();
        base.Dispose();
    }
}
