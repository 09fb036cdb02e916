using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace SparkObs.Spark.Export;

/// <summary>
/// Protobuf's wire format. Every <c>Write…</c> returns the position after what it wrote; room is the caller's duty
/// (<see cref="EncodedSize"/>), so that nothing here grows a buffer.
/// </summary>
internal static class Protobuf
{
    private const int Varint = 0, Fixed64 = 1, LengthDelimited = 2, Fixed32 = 5;

    /// <summary>Bytes of a length that is filled in later: a varint padded to 4 bytes holds up to 256 MiB.</summary>
    public const int ReservedLength = 4;

    public static int VarintLength(ulong value) => (BitOperations.Log2(value | 1) * 9 + 73) / 64;

    public static int WriteVarint(Span<byte> buffer, int position, ulong value)
    {
        while (value >= 0x80)
        {
            buffer[position++] = (byte)(value | 0x80);
            value >>= 7;
        }
        buffer[position++] = (byte)value;
        return position;
    }

    public static int WriteVarint(Span<byte> buffer, int position, int field, ulong value) =>
        WriteVarint(buffer, WriteTag(buffer, position, field, Varint), value);

    public static int WriteFixed64(Span<byte> buffer, int position, int field, ulong value)
    {
        position = WriteTag(buffer, position, field, Fixed64);
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[position..], value);
        return position + sizeof(ulong);
    }

    public static int WriteFixed32(Span<byte> buffer, int position, int field, uint value)
    {
        position = WriteTag(buffer, position, field, Fixed32);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[position..], value);
        return position + sizeof(uint);
    }

    /// <summary>Tag and length of a field whose <paramref name="length"/> bytes the caller writes next.</summary>
    public static int WriteLength(Span<byte> buffer, int position, int field, int length) =>
        WriteVarint(buffer, WriteTag(buffer, position, field, LengthDelimited), (ulong)length);

    public static int WriteBytes(Span<byte> buffer, int position, int field, ReadOnlySpan<byte> value)
    {
        position = WriteLength(buffer, position, field, value.Length);
        value.CopyTo(buffer[position..]);
        return position + value.Length;
    }

    /// <summary>A string field; lone surrogates become U+FFFD, so that it is always valid UTF-8.</summary>
    public static int WriteString(Span<byte> buffer, int position, int field, string value) =>
        WriteString(buffer, position, field, value, Encoding.UTF8.GetByteCount(value));

    /// <inheritdoc cref="WriteString(Span{byte},int,int,string)"/>
    public static int WriteString(Span<byte> buffer, int position, int field, string value, int utf8Length)
    {
        position = WriteLength(buffer, position, field, utf8Length);
        return position + Encoding.UTF8.GetBytes(value, buffer[position..]);
    }

    /// <summary>Tag and room for a length that <see cref="FillLength"/> writes once the message is complete.</summary>
    public static int ReserveLength(Span<byte> buffer, int position, int field) =>
        WriteTag(buffer, position, field, LengthDelimited) + ReservedLength;

    /// <summary>Fills the length of the message that starts at <paramref name="start"/> and ends at <paramref name="end"/>.</summary>
    public static void FillLength(Span<byte> buffer, int start, int end)
    {
        var length = (uint)(end - start);
        var at = buffer.Slice(start - ReservedLength, ReservedLength);
        at[0] = (byte)(length | 0x80);
        at[1] = (byte)((length >> 7) | 0x80);
        at[2] = (byte)((length >> 14) | 0x80);
        at[3] = (byte)(length >> 21);
    }

    private static int WriteTag(Span<byte> buffer, int position, int field, int wireType) =>
        WriteVarint(buffer, position, (uint)(field << 3 | wireType));
}
