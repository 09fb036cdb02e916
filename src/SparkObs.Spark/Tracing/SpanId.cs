using System.Buffers.Binary;
using System.Globalization;

namespace SparkObs.Spark.Tracing;

/// <summary>A span id: 8 bytes, held as one big-endian number.</summary>
internal readonly record struct SpanId(ulong Value)
{
    public bool IsNone => Value == 0;

    /// <summary>The id from its 8 bytes in wire order.</summary>
    public static SpanId FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64BigEndian(bytes));

    /// <summary>Reads exactly 16 lower-case hex digits that are not all zero (W3C Trace Context, section 3.2.2.4).</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out SpanId id)
    {
        var read = LowerHex.TryParse(hex, out var value) && hex.Length == 16 && value != 0;
        id = read ? new SpanId(value) : default;
        return read;
    }

    /// <summary>Writes the 8 bytes in wire order.</summary>
    public void WriteTo(Span<byte> destination) => BinaryPrimitives.WriteUInt64BigEndian(destination, Value);

    /// <summary>16 lower-case hex digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
