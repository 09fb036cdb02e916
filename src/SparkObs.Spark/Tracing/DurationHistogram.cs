using System.Numerics;

namespace SparkObs.Spark.Tracing;

/// <summary>
/// Durations in milliseconds in buckets: exact below 256, within 1 % above, with exact extremes. It grows with the longest duration,
/// to at most 30 kB, however many tasks a stage has.
/// </summary>
internal sealed class DurationHistogram
{
    private const int Exact = 256;
    private const int BucketsAnOctave = 128;
    private const int MaxOctave = 62;
    private int[] counts = [];

    public long Count { get; private set; }

    public long Min { get; private set; } = long.MaxValue;

    public long Max { get; private set; }

    public void Add(long milliseconds)
    {
        milliseconds = Math.Max(0, milliseconds);
        var bucket = BucketOf(milliseconds);
        if (bucket >= counts.Length)
            Array.Resize(ref counts, Math.Min(bucket + 64, Exact + ((MaxOctave - 7) * BucketsAnOctave)));
        counts[bucket]++;
        Count++;
        Min = Math.Min(Min, milliseconds);
        Max = Math.Max(Max, milliseconds);
    }

    /// <summary>The duration at the nearest rank, its bucket's lower bound; <paramref name="fraction"/> from 0 to 1.</summary>
    public long Percentile(double fraction)
    {
        var rank = (long)Math.Ceiling(fraction * Count);
        if (rank >= Count)
            return Max;
        long seen = 0;
        for (var bucket = 0; bucket < counts.Length; bucket++)
        {
            seen += counts[bucket];
            if (seen >= rank)
                return Math.Max(Min, LowerBound(bucket));
        }
        return Max;
    }

    private static int BucketOf(long value)
    {
        if (value < Exact)
            return (int)value;
        var octave = BitOperations.Log2((ulong)value);
        return Exact + ((octave - 8) * BucketsAnOctave) + ((int)(value >> (octave - 7)) & (BucketsAnOctave - 1));
    }

    private static long LowerBound(int bucket)
    {
        if (bucket < Exact)
            return bucket;
        var octave = ((bucket - Exact) / BucketsAnOctave) + 8;
        return (long)(BucketsAnOctave + ((bucket - Exact) % BucketsAnOctave)) << (octave - 7);
    }
}
