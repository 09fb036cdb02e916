namespace SparkObs.Spark.Tracing;

/// <summary>Hex as W3C Trace Context wants it: lower case only, so that one id has one spelling.</summary>
internal static class LowerHex
{
    public static bool TryParse(ReadOnlySpan<char> hex, out ulong value)
    {
        value = 0;
        if (hex.IsEmpty || hex.Length > 16)
            return false;
        foreach (var digit in hex)
        {
            if (!char.IsAsciiHexDigitLower(digit))
                return false;
            value = (value << 4) | (uint)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
        }
        return true;
    }
}
