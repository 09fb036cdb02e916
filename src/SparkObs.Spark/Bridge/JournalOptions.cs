namespace SparkObs.Spark.Bridge;

/// <summary>How much a bridge keeps on disk, and how often it says how far it is settled.</summary>
internal sealed record JournalOptions
{
    public static JournalOptions Default { get; } = new();

    /// <summary>A segment is closed when it has so many bytes: small enough to be let go of soon.</summary>
    public long SegmentBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>
    /// All journals of a bridge. What is settled is let go of, so this is what a collector may be behind: as much as the spools of four
    /// drivers hold (1 GiB each). At the bound sessions work from memory.
    /// </summary>
    public long MaxBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>A larger state is not written, and its journal grows on: whoever reads it must hold it as one line.</summary>
    public int MaxStateBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>How often checkpoints are written. What was settled since the last one is sent again after a crash, under the same ids.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a session works from memory before its journal is tried again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A journal of an application that was closed without its end is kept so long for its driver.</summary>
    public TimeSpan KeepClosed { get; init; } = TimeSpan.FromDays(7);
}
