using System.Buffers.Binary;
using System.Globalization;

namespace SparkObs.Spark.Tracing;

/// <summary>A trace id: 16 bytes, held as two big-endian halves so that a span record carries it without an allocation.</summary>
internal readonly record struct TraceId(ulong High, ulong Low)
{
    public bool IsNone => (High | Low) == 0;

    /// <summary>The id from its 16 bytes in wire order.</summary>
    public static TraceId FromBytes(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    /// <summary>Reads exactly 32 lower-case hex digits that are not all zero (W3C Trace Context, section 3.2.2.3).</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out TraceId id)
    {
        id = default;
        if (hex.Length != 32 || !LowerHex.TryParse(hex[..16], out var high) || !LowerHex.TryParse(hex[16..], out var low))
            return false;
        id = new TraceId(high, low);
        return !id.IsNone;
    }

    /// <summary>Writes the 16 bytes in wire order.</summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
    }

    /// <summary>32 lower-case hex digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x16}{Low:x16}");
}
