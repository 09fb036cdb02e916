using System.Globalization;

namespace SparkObs.Spark.Export;

/// <summary>A number of bytes as settings have it: digits, with k, m or g behind them KiB, MiB or GiB, as in Spark's conf.</summary>
internal static class ByteSize
{
    public static bool TryParse(string text, out long bytes)
    {
        var shift = text.Length == 0 ? 0 : char.ToLowerInvariant(text[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, _ => 0 };
        var read = long.TryParse(shift > 0 ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= long.MaxValue >> shift;
        bytes = read ? number << shift : 0;
        return read;
    }
}
