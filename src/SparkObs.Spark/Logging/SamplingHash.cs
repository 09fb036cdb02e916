using System.Text;

namespace SparkObs.Spark.Logging;

/// <summary>
/// A number from 0 to below 1 that is a function of a text, the same in every process and language (tests/vectors/log-sampling.json):
/// FNV-1a of the text's UTF-8, 64 bits, then MurmurHash3's finalizer, because short ids that differ in their last digit differ little in
/// FNV's upper bits; of the result the upper 53 bits, as a fraction.
/// </summary>
internal static class SamplingHash
{
    private const ulong Offset = 0xcbf29ce484222325, Prime = 0x100000001b3;

    /// <summary>Of longer ids only so many chars count.</summary>
    private const int MaxChars = 256;

    /// <summary>The state before anything was added.</summary>
    public const ulong Empty = Offset;

    public static ulong Add(ulong state, ReadOnlySpan<byte> utf8)
    {
        foreach (var b in utf8)
            state = (state ^ b) * Prime;
        return state;
    }

    public static ulong Add(ulong state, ReadOnlySpan<char> text)
    {
        Span<byte> utf8 = stackalloc byte[3 * MaxChars];
        return Add(state, utf8[..Encoding.UTF8.GetBytes(text[..Math.Min(text.Length, MaxChars)], utf8)]);
    }

    public static ulong Finish(ulong state)
    {
        state = (state ^ state >> 33) * 0xff51afd7ed558ccd;
        state = (state ^ state >> 33) * 0xc4ceb9fe1a85ec53;
        return state ^ state >> 33;
    }

    /// <summary>The fraction: a unit is taken where it is below the rate.</summary>
    public static double Fraction(ulong state) => (Finish(state) >> 11) * (1.0 / (1UL << 53));
}
