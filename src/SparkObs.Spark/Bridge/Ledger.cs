namespace SparkObs.Spark.Bridge;

/// <summary>
/// The bridge's side of the ledger, for one application. By sequence number the terms are disjoint: <c>highest number =
/// Events + Ignored + Own + Unreadable + TooLong + Missing</c>. Written by one thread at a time; readers get copies.
/// </summary>
internal sealed record Ledger
{
    /// <summary>Connections that the application has made.</summary>
    public long Connections { get; set; }

    /// <summary>Lines that came, whatever they held.</summary>
    public long Lines { get; set; }

    public long Bytes { get; set; }

    /// <summary>Spark's events, delivered to the trace.</summary>
    public long Events { get; set; }

    /// <summary>Spark's events that the reader has no use for.</summary>
    public long Ignored { get; set; }

    /// <summary>Lines between driver and bridge, and the first line of an event log, which Spark does not post.</summary>
    public long Own { get; set; }

    /// <summary>Of <see cref="Own"/> those that tell of calls.</summary>
    public long CallLines { get; set; }

    /// <summary>Of <see cref="Own"/> those that cannot be read, heartbeats and calls alike.</summary>
    public long OwnUnreadable { get; set; }

    /// <summary>Numbered lines that hold no event.</summary>
    public long Unreadable { get; set; }

    /// <summary>Numbered lines longer than 8 MiB.</summary>
    public long TooLong { get; set; }

    /// <summary>Numbers that never came: dropped by the driver's side, or lost with an earlier bridge.</summary>
    public long Missing { get; set; }

    /// <summary>Lines that came again, and were ignored.</summary>
    public long Duplicates { get; set; }

    /// <summary>Lines without a number: no driver of ours sent them.</summary>
    public long Unnumbered { get; set; }

    /// <summary>What the driver's side counted last.</summary>
    public Heartbeat? Heartbeat { get; set; }

    /// <summary>Events that were posted but did not arrive, as far as it is known.</summary>
    public long Lost => Math.Max(Missing, Heartbeat?.Dropped ?? 0) + (Heartbeat?.BusDropped ?? 0) + (Heartbeat?.Failed ?? 0) + Unreadable + TooLong;
}
