using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace SparkObs.Spark.Export;

/// <summary>
/// JSON's primitives as UTF-8. As in <see cref="Protobuf"/>, each <c>Write…</c> returns the position after what it wrote, and room is
/// the caller's duty.
/// </summary>
internal static class JsonText
{
    /// <summary>What RFC 8259 wants escaped.</summary>
    private static readonly SearchValues<char> Escaped = SearchValues.Create(Controls() + "\"\\");

    private static readonly SearchValues<byte> EscapedUtf8 = SearchValues.Create(Encoding.UTF8.GetBytes(Controls() + "\"\\"));

    /// <summary>Copies text that is JSON already.</summary>
    public static int WriteRaw(Span<byte> buffer, int position, ReadOnlySpan<byte> json)
    {
        json.CopyTo(buffer[position..]);
        return position + json.Length;
    }

    /// <summary>A quoted string; lone surrogates become U+FFFD.</summary>
    public static int WriteString(Span<byte> buffer, int position, ReadOnlySpan<char> value)
    {
        buffer[position++] = (byte)'"';
        for (int at; (at = value.IndexOfAny(Escaped)) >= 0; value = value[(at + 1)..])
        {
            position += Encoding.UTF8.GetBytes(value[..at], buffer[position..]);
            position = WriteEscape(buffer, position, (byte)value[at]);
        }
        position += Encoding.UTF8.GetBytes(value, buffer[position..]);
        buffer[position++] = (byte)'"';
        return position;
    }

    /// <summary>A quoted string from UTF-8.</summary>
    public static int WriteString(Span<byte> buffer, int position, ReadOnlySpan<byte> utf8)
    {
        buffer[position++] = (byte)'"';
        for (int at; (at = utf8.IndexOfAny(EscapedUtf8)) >= 0; utf8 = utf8[(at + 1)..])
        {
            position = WriteRaw(buffer, position, utf8[..at]);
            position = WriteEscape(buffer, position, utf8[at]);
        }
        position = WriteRaw(buffer, position, utf8);
        buffer[position++] = (byte)'"';
        return position;
    }

    public static int WriteNumber(Span<byte> buffer, int position, long value)
    {
        Utf8Formatter.TryFormat(value, buffer[position..], out var written);
        return position + written;
    }

    public static int WriteNumber(Span<byte> buffer, int position, ulong value)
    {
        Utf8Formatter.TryFormat(value, buffer[position..], out var written);
        return position + written;
    }

    /// <summary>A double as proto3's JSON mapping has it: shortest digits that read back the same; NaN and infinities as strings.</summary>
    public static int WriteNumber(Span<byte> buffer, int position, double value)
    {
        if (!double.IsFinite(value))
            return WriteRaw(buffer, position, double.IsNaN(value) ? "\"NaN\""u8 : value > 0 ? "\"Infinity\""u8 : "\"-Infinity\""u8);
        value.TryFormat(buffer[position..], out var written, "R", CultureInfo.InvariantCulture);
        return position + written;
    }

    /// <summary>16 lower-case hex digits, quotes not included.</summary>
    public static int WriteHex(Span<byte> buffer, int position, ulong value)
    {
        Utf8Formatter.TryFormat(value, buffer[position..], out var written, new StandardFormat('x', 16));
        return position + written;
    }

    private static int WriteEscape(Span<byte> buffer, int position, byte c)
    {
        buffer[position++] = (byte)'\\';
        switch (c)
        {
            case (byte)'"' or (byte)'\\':
                buffer[position++] = c;
                return position;
            case (byte)'\n':
                buffer[position++] = (byte)'n';
                return position;
            case (byte)'\r':
                buffer[position++] = (byte)'r';
                return position;
            case (byte)'\t':
                buffer[position++] = (byte)'t';
                return position;
            default:
                position = WriteRaw(buffer, position, "u00"u8);
                buffer[position++] = (byte)('0' + (c >> 4));
                buffer[position++] = "0123456789abcdef"u8[c & 0xf];
                return position;
        }
    }

    private static string Controls() => string.Concat(Enumerable.Range(0, 0x20).Select(c => (char)c));
}
