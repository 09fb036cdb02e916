namespace SparkObs.Spark.Bridge;

/// <summary>Sums over all applications that a bridge has seen since its start.</summary>
internal sealed class BridgeFigures
{
    public Ledger Lines { get; } = new();

    public EventLedger Events { get; private set; } = new();

    public SpanCounts Spans { get; private set; }

    /// <summary>Connections after an application's first.</summary>
    public long Reconnects { get; private set; }

    /// <summary>How often a driver was silent for long.</summary>
    public long Silences { get; private set; }

    /// <summary>Lines of calls that drivers dropped.</summary>
    public long CallsDropped { get; private set; }

    public void Add(BridgeSession session)
    {
        var ledger = session.ReadLedger();
        Lines.AddLines(ledger);
        Events += session.ReadEvents();
        Spans += session.ReadSpans();
        Reconnects += Math.Max(0, ledger.Connections - 1);
        Silences += session.ReadSilence().Times;
        CallsDropped += ledger.Heartbeat?.CallsDropped ?? 0;
    }

    public void Add(BridgeFigures other)
    {
        Lines.AddLines(other.Lines);
        Events += other.Events;
        Spans += other.Spans;
        Reconnects += other.Reconnects;
        Silences += other.Silences;
        CallsDropped += other.CallsDropped;
    }
}
