using System.Buffers.Binary;

namespace SparkObs.Spark.Events;

/// <summary>compress-lzf's chunks: <c>ZV</c>, a type, a big-endian length of the data, for compressed ones that of the text, the data.</summary>
internal sealed class LzfDecoder(LogInput input) : LogDecoder(input)
{
    private const int RawHeaderLength = 5;
    private const int CompressedHeaderLength = 7;

    public static ReadOnlySpan<byte> Magic => "ZV"u8;

    protected override async ValueTask<bool> NextBlockAsync(CancellationToken cancellationToken)
    {
        if (!await Input.HasAsync(RawHeaderLength, cancellationToken).ConfigureAwait(false))
            return Input.Buffered.IsEmpty ? false : throw Damaged("the lzf chunk is cut off");
        var chunk = ChunkLength();
        if (!await Input.HasAsync(chunk, cancellationToken).ConfigureAwait(false))
            throw Damaged("the lzf chunk is cut off");
        Decode(chunk);
        return true;
    }

    private int ChunkLength()
    {
        var header = Input.Buffered;
        if (!header.StartsWith(Magic) || header[2] > 1)
            throw Damaged("no valid lzf chunk");
        return (header[2] == 0 ? RawHeaderLength : CompressedHeaderLength) + BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
    }

    private void Decode(int chunkLength)
    {
        var chunk = Input.Buffered[..chunkLength];
        if (chunk[2] == 0)
            chunk[RawHeaderLength..].CopyTo(Block(chunkLength - RawHeaderLength));
        else if (!TryDecompress(chunk[CompressedHeaderLength..], Block(BinaryPrimitives.ReadUInt16BigEndian(chunk[RawHeaderLength..]))))
            throw Damaged("the lzf chunk is corrupt");
        Input.Take(chunkLength);
    }

    /// <summary>
    /// A control byte below 32 is followed by that many bytes and one more as they are. Any other refers back: its upper three
    /// bits are the length less 2 (7: the next byte adds to it), its lower five and the next byte the distance less 1.
    /// </summary>
    private static bool TryDecompress(ReadOnlySpan<byte> data, Span<byte> text)
    {
        int from = 0, to = 0;
        while (from < data.Length)
        {
            int control = data[from++];
            if (control < 32)
            {
                var count = control + 1;
                if (count > data.Length - from || count > text.Length - to)
                    return false;
                data.Slice(from, count).CopyTo(text[to..]);
                from += count;
                to += count;
                continue;
            }

            var length = (control >> 5) + 2;
            if (length == 9 && from < data.Length)
                length += data[from++];
            if (from == data.Length || length > text.Length - to)
                return false;
            var source = to - ((control & 31) << 8 | data[from++]) - 1;
            if (source < 0)
                return false;

            // Byte by byte: the source may run into what is being written.
            while (length-- > 0)
                text[to++] = text[source++];
        }

        return to == text.Length;
    }
}
