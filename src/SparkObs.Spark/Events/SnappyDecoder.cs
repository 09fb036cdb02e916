using System.Buffers.Binary;
using Snappier;

namespace SparkObs.Spark.Events;

/// <summary>
/// snappy-java's stream, which is not the snappy framing format: a header of magic, version and compatible version, then raw
/// snappy blocks, each with its big-endian length before it. Another stream may follow, header and all.
/// </summary>
internal sealed class SnappyDecoder(LogInput input) : LogDecoder(input)
{
    private const int HeaderLength = 16;

    public static ReadOnlySpan<byte> Magic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    protected override async ValueTask<bool> NextBlockAsync(CancellationToken cancellationToken)
    {
        if (!await Input.HasAsync(sizeof(int), cancellationToken).ConfigureAwait(false))
            return Input.Buffered.IsEmpty ? false : throw Damaged("the snappy block is cut off");
        if (AtHeader())
        {
            if (!await Input.HasAsync(HeaderLength, cancellationToken).ConfigureAwait(false))
                throw Damaged("the snappy header is cut off");
            Input.Take(HeaderLength);
            return true;
        }

        var compressed = CompressedLength();
        if (!await Input.HasAsync(sizeof(int) + compressed, cancellationToken).ConfigureAwait(false))
            throw Damaged("the snappy block is cut off");
        Decode(compressed);
        return true;
    }

    /// <summary>Read as a length, the magic's first bytes would be negative.</summary>
    private bool AtHeader() => Input.Buffered.StartsWith(Magic[..sizeof(int)]);

    private int CompressedLength()
    {
        var compressed = BinaryPrimitives.ReadInt32BigEndian(Input.Buffered);
        return compressed is >= 0 and <= MaxBlock ? compressed : throw Damaged("no valid snappy block");
    }

    private void Decode(int compressed)
    {
        var data = Input.Buffered.Slice(sizeof(int), compressed);
        try
        {
            var length = Snappy.GetUncompressedLength(data);
            if (length is < 0 or > MaxBlock || Snappy.Decompress(data, Block(length)) != length)
                throw Damaged("the snappy block is corrupt");
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            throw Damaged("the snappy block is corrupt");
        }

        Input.Take(sizeof(int) + compressed);
    }
}
