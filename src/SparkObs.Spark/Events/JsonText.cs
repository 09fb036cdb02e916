using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace SparkObs.Spark.Events;

/// <summary>
/// Text from a JSON string that may be longer than wanted, and broken: bytes that are not UTF-8 and lone surrogates become
/// U+FFFD, where <see cref="System.Text.Json.Utf8JsonReader.GetString"/> would throw.
/// </summary>
internal static class JsonText
{
    /// <summary>At most <paramref name="limit"/> bytes of the string's content, never half a code point.</summary>
    public static string Decode(ReadOnlySpan<byte> raw, bool escaped, int limit)
    {
        if (!escaped)
            return Encoding.UTF8.GetString(Cut(raw, limit));

        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(raw.Length, limit + 4));
        try
        {
            var length = Unescape(raw, buffer, limit);
            return Encoding.UTF8.GetString(Cut(buffer.AsSpan(0, length), limit));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int limit)
    {
        if (text.Length <= limit)
            return text;
        var end = limit;
        while (end > limit - 3 && end > 0 && (text[end] & 0xC0) == 0x80)
            end--;
        return text[..end];
    }

    /// <summary>Until more than <paramref name="limit"/> bytes are there, by at most one code point, or nothing is left.</summary>
    private static int Unescape(ReadOnlySpan<byte> raw, Span<byte> into, int limit)
    {
        var length = 0;
        while (raw.Length > 0 && length <= limit)
        {
            var plain = raw.IndexOf((byte)'\\');
            if (plain < 0)
                plain = raw.Length;
            if (plain > 0)
            {
                var copied = Math.Min(plain, into.Length - length);
                raw[..copied].CopyTo(into[length..]);
                length += copied;
                raw = raw[plain..];
                continue;
            }

            var rune = Escape(raw, out var used);
            length += rune.EncodeToUtf8(into[length..]);
            raw = raw[used..];
        }

        return length;
    }

    /// <summary>The escape that <paramref name="raw"/> begins with; the reader has checked its syntax.</summary>
    private static Rune Escape(ReadOnlySpan<byte> raw, out int used)
    {
        used = 2;
        switch (raw[1])
        {
            case (byte)'b': return new Rune('\b');
            case (byte)'f': return new Rune('\f');
            case (byte)'n': return new Rune('\n');
            case (byte)'r': return new Rune('\r');
            case (byte)'t': return new Rune('\t');
            case (byte)'u': break;
            default: return new Rune((char)raw[1]);
        }

        used = 6;
        var unit = CodeUnit(raw);
        if (!char.IsSurrogate(unit))
            return new Rune(unit);
        if (char.IsHighSurrogate(unit) && raw.Length >= 12 && raw[6] == (byte)'\\' && raw[7] == (byte)'u'
            && CodeUnit(raw[6..]) is var low && char.IsLowSurrogate(low))
        {
            used = 12;
            return new Rune(unit, low);
        }

        return Rune.ReplacementChar;
    }

    private static char CodeUnit(ReadOnlySpan<byte> escape) =>
        Utf8Parser.TryParse(escape.Slice(2, 4), out ushort unit, out _, 'x') ? (char)unit : '\uFFFD';
}
