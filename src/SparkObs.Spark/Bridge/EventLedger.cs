using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Bridge;

/// <summary>
/// What became of the events that Spark posted, as far as it is known: the first of the ledger's equations. The terms are disjoint by
/// sequence number, and what was delivered is delivered, whatever else was told of it.
/// </summary>
/// <remarks>
/// A heartbeat is a line among the others, and lines come in the order of their numbers: when it comes, every event that was offered
/// before it has come or never will. What the driver's side counted is taken from there; what has come since was on the bus then, or
/// has been posted since. What the driver counted as posted and nothing accounts for was between the bus and the outbox.
/// </remarks>
internal sealed record EventLedger
{
    /// <summary>Posted on Spark's bus. Null where nobody sees the bus: a listener alone, or no heartbeat yet.</summary>
    public long? Posted { get; init; }

    /// <summary>Of types that have no place in a trace.</summary>
    public long Ignored { get; init; }

    /// <summary>Dropped by Spark's bus, before our listener.</summary>
    public long BusDropped { get; init; }

    /// <summary>On Spark's bus, or on the way from it to the outbox.</summary>
    public long BusQueued { get; init; }

    /// <summary>Could not be encoded.</summary>
    public long Failed { get; init; }

    /// <summary>Dropped by the full outbox: starts and ends of tasks.</summary>
    public long DroppedTasks { get; init; }

    /// <summary>Dropped by the full outbox: plans' updates and the like.</summary>
    public long DroppedDetails { get; init; }

    /// <summary>Dropped by the full outbox: of the application, its SQL executions, jobs and stages.</summary>
    public long DroppedStructure { get; init; }

    /// <summary>In the outbox's memory when the heartbeat was written, and neither delivered nor lost since.</summary>
    public long InMemory { get; init; }

    /// <summary>The same, in the spool on the driver's disk.</summary>
    public long InSpool { get; init; }

    /// <summary>Refused by the bridge: no event.</summary>
    public long Unreadable { get; init; }

    /// <summary>Refused by the bridge: longer than 8 MiB.</summary>
    public long TooLong { get; init; }

    /// <summary>Taken over by an earlier bridge that kept nothing on disk.</summary>
    public long LostWithBridge { get; init; }

    /// <summary>Gone with the driver's process: what nothing else explains.</summary>
    public long LostWithDriver { get; init; }

    /// <summary>Numbers that did not come since the last heartbeat: the next one says why.</summary>
    public long Untold { get; init; }

    /// <summary>In the trace.</summary>
    public long Delivered { get; init; }

    public long Dropped => DroppedTasks + DroppedDetails + DroppedStructure;

    /// <summary>Posted, and never to come.</summary>
    public long Lost => BusDropped + Failed + Dropped + Unreadable + TooLong + LostWithBridge + LostWithDriver;

    /// <summary>Posted, and perhaps still to come.</summary>
    public long Pending => BusQueued + InMemory + InSpool + Untold;

    /// <summary>Posted less all other terms: 0. Null where <see cref="Posted"/> is.</summary>
    public long? Difference => Posted - (Ignored + Lost + Pending + Delivered);

    /// <param name="closed">Nothing more comes: what the driver had in memory is lost with it. What is in its spool is not.</param>
    /// <param name="ended">The application told its end: what was on the bus had no part in it.</param>
    public static EventLedger Of(Ledger ledger, bool closed, bool ended)
    {
        var heartbeat = ledger.Heartbeat ?? Heartbeat.None;
        var since = ledger.Arrived - ledger.ArrivedThen + ledger.Missing - ledger.MissingThen;
        var read = Explain(
            new EventLedger
            {
                Posted = heartbeat.Posted,
                Ignored = (heartbeat.Ignored ?? 0) + ledger.Ignored,
                BusDropped = heartbeat.BusDropped ?? 0,
                BusQueued = heartbeat.BusQueued ?? 0,
                Failed = heartbeat.Failed ?? 0,
                Unreadable = ledger.Unreadable,
                TooLong = ledger.TooLong,
                Untold = ledger.Missing - ledger.MissingThen,
                Delivered = ledger.Events,
            },
            ledger, heartbeat);
        var onBus = read.BusQueued + Math.Max(0, read.Difference + since ?? 0);
        read = read with { Posted = read.Posted + Math.Max(0, since - onBus), BusQueued = Math.Max(0, onBus - since) };
        if (!closed)
            return read;
        var lostOnBus = ended ? 0 : read.BusQueued;
        return read with
        {
            LostWithDriver = read.LostWithDriver + read.Untold + read.InMemory + lostOnBus,
            Untold = 0,
            InMemory = 0,
            BusQueued = read.BusQueued - lostOnBus,
        };
    }

    /// <summary>Sums applications: <see cref="Posted"/> is then that of those where it is known.</summary>
    public static EventLedger operator +(EventLedger a, EventLedger b) => new()
    {
        Posted = a.Posted is null && b.Posted is null ? null : (a.Posted ?? 0) + (b.Posted ?? 0),
        Ignored = a.Ignored + b.Ignored,
        BusDropped = a.BusDropped + b.BusDropped,
        BusQueued = a.BusQueued + b.BusQueued,
        Failed = a.Failed + b.Failed,
        DroppedTasks = a.DroppedTasks + b.DroppedTasks,
        DroppedDetails = a.DroppedDetails + b.DroppedDetails,
        DroppedStructure = a.DroppedStructure + b.DroppedStructure,
        InMemory = a.InMemory + b.InMemory,
        InSpool = a.InSpool + b.InSpool,
        Unreadable = a.Unreadable + b.Unreadable,
        TooLong = a.TooLong + b.TooLong,
        LostWithBridge = a.LostWithBridge + b.LostWithBridge,
        LostWithDriver = a.LostWithDriver + b.LostWithDriver,
        Untold = a.Untold + b.Untold,
        Delivered = a.Delivered + b.Delivered,
    };

    /// <summary>For the application's span, once the driver's side has told its counts; else only what is lost.</summary>
    public EventTotals ForSpan(bool told) => new()
    {
        Posted = Posted,
        Delivered = told ? Delivered : null,
        Ignored = told ? Ignored : null,
        LostOnBus = BusDropped,
        LostEncoding = Failed,
        LostInOutbox = Dropped,
        LostRefused = Unreadable + TooLong,
        LostWithBridge = LostWithBridge,
        LostWithDriver = LostWithDriver,
    };

    /// <summary>Says of the numbers that were missing when the heartbeat came what they were.</summary>
    private static EventLedger Explain(EventLedger read, Ledger ledger, Heartbeat heartbeat)
    {
        var rest = ledger.MissingThen;
        var structure = Take(ref rest, heartbeat.DroppedStructure);
        var details = Take(ref rest, heartbeat.DroppedDetails);
        var tasks = Take(ref rest, heartbeat.DroppedTasks);
        Take(ref rest, heartbeat.CallsDropped);
        var before = ledger.Before;
        if (before > 0 && heartbeat.Offered is { } offered)
        {
            // What an earlier bridge took over were events and lines of ours; the driver's count of events tells them apart.
            var events = Math.Max(0, offered - ledger.ArrivedThen - structure - details - tasks);
            before -= Take(ref rest, Math.Min(before, rest - Math.Min(rest, events)));
        }
        var bridge = Take(ref rest, before);
        var spool = Take(ref rest, heartbeat.InSpool ?? 0);
        var memory = Take(ref rest, heartbeat.InMemory ?? 0);
        return read with
        {
            DroppedStructure = structure,
            DroppedDetails = details,
            DroppedTasks = tasks,
            LostWithBridge = bridge,
            InSpool = spool,
            InMemory = memory,
            LostWithDriver = rest,
        };
    }

    private static long Take(ref long rest, long most)
    {
        var taken = Math.Min(rest, most);
        rest -= taken;
        return taken;
    }
}
