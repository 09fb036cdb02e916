using System.Buffers.Binary;
using K4os.Compression.LZ4;
using K4os.Hash.xxHash;

namespace SparkObs.Spark.Events;

/// <summary>
/// lz4-java's <c>LZ4Block</c> stream, which is not the LZ4 frame format. A block: the magic, a byte of method and level, three
/// little-endian ints (compressed length, length, checksum), the data. An empty block ends a stream; another may follow.
/// </summary>
internal sealed class Lz4Decoder(LogInput input) : LogDecoder(input)
{
    private const int HeaderLength = 21;
    private const int MethodRaw = 0x10;
    private const int MethodLz4 = 0x20;

    /// <summary>lz4-java's seed; it drops the hash's upper four bits.</summary>
    private const uint Seed = 0x9747B28C;
    private const uint HashMask = 0x0FFFFFFF;

    public static ReadOnlySpan<byte> Magic => "LZ4Block"u8;

    protected override async ValueTask<bool> NextBlockAsync(CancellationToken cancellationToken)
    {
        if (!await Input.HasAsync(HeaderLength, cancellationToken).ConfigureAwait(false))
            return Input.Buffered.IsEmpty ? false : throw Damaged("the lz4 block is cut off");
        var compressed = CompressedLength();
        if (!await Input.HasAsync(HeaderLength + compressed, cancellationToken).ConfigureAwait(false))
            throw Damaged("the lz4 block is cut off");
        Decode(compressed);
        return true;
    }

    private int CompressedLength()
    {
        var header = Input.Buffered;
        var compressed = BinaryPrimitives.ReadInt32LittleEndian(header[9..]);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header[13..]);
        var method = header[8] & 0xF0;
        var valid = header.StartsWith(Magic)
            && compressed is >= 0 and <= MaxBlock
            && length is >= 0 and <= MaxBlock
            && (method == MethodLz4 || (method == MethodRaw && compressed == length));
        return valid ? compressed : throw Damaged("no valid lz4 block");
    }

    private void Decode(int compressed)
    {
        var header = Input.Buffered;
        var length = BinaryPrimitives.ReadInt32LittleEndian(header[13..]);
        var checksum = BinaryPrimitives.ReadUInt32LittleEndian(header[17..]);
        var data = header.Slice(HeaderLength, compressed);
        var block = Block(length);
        if ((header[8] & 0xF0) == MethodRaw)
            data.CopyTo(block);
        else if (length > 0 && LZ4Codec.Decode(data, block) != length)
            throw Damaged("the lz4 block is corrupt");
        if (length > 0 && (Hash(block) & HashMask) != checksum)
            throw Damaged("the lz4 block has a wrong checksum");
        Input.Take(HeaderLength + compressed);
    }

    private static uint Hash(ReadOnlySpan<byte> block)
    {
        var state = default(XXH32.State);
        XXH32.Reset(ref state, Seed);
        XXH32.Update(ref state, block);
        return XXH32.Digest(state);
    }
}
