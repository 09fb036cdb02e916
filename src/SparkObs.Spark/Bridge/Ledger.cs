namespace SparkObs.Spark.Bridge;

/// <summary>
/// The bridge's counters of one application's lines. By sequence number they are disjoint: <c>highest number = Events + Ignored + Own
/// + Unreadable + TooLong + Missing</c>. A fold over the lines, so that the same lines give the same counters after a restart. Written
/// by one thread at a time; readers get copies. <see cref="EventLedger"/> makes the equation of it.
/// </summary>
internal sealed record Ledger
{
    /// <param name="before">How many numbers lie below the first one that the driver still has: an earlier bridge took them over.</param>
    public Ledger(long before = 0)
    {
        Before = Missing = MissingThen = before;
    }

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

    /// <summary>Numbered lines of events that are longer than 8 MiB.</summary>
    public long TooLong { get; set; }

    /// <summary>Numbers that never came: dropped by the driver's side, or lost.</summary>
    public long Missing { get; set; }

    /// <summary>Of the missing ones those that an earlier bridge took over.</summary>
    public long Before { get; }

    /// <summary>Lines that came again, and were ignored.</summary>
    public long Duplicates { get; set; }

    /// <summary>Lines without a number: no driver of ours sent them.</summary>
    public long Unnumbered { get; set; }

    /// <summary>What the driver's side counted last.</summary>
    public Heartbeat? Heartbeat { get; private set; }

    /// <summary><see cref="Arrived"/> when the heartbeat came: all numbers below its own had come by then, or never will.</summary>
    public long ArrivedThen { get; private set; }

    /// <summary><see cref="Missing"/> when the heartbeat came.</summary>
    public long MissingThen { get; private set; }

    /// <summary>Spark's events that came, whatever became of them.</summary>
    public long Arrived => Events + Ignored + Unreadable + TooLong;

    /// <summary>A heartbeat came, and all lines before it are counted.</summary>
    public void Hear(Heartbeat heartbeat)
    {
        Heartbeat = heartbeat;
        ArrivedThen = Arrived;
        MissingThen = Missing;
    }

    /// <summary>Sums the lines of several applications.</summary>
    public void AddLines(Ledger other)
    {
        Connections += other.Connections;
        Lines += other.Lines;
        Bytes += other.Bytes;
        Events += other.Events;
        Ignored += other.Ignored;
        Own += other.Own;
        Unreadable += other.Unreadable;
        TooLong += other.TooLong;
        Missing += other.Missing;
        Duplicates += other.Duplicates;
        Unnumbered += other.Unnumbered;
    }
}
