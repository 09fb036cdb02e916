using System.Text.Json;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Bridge;

/// <summary>
/// <c>SparkObsHeartbeat</c>: what the driver's side has counted since its start. What it cannot see (the bus, where it is only a
/// listener) is null.
/// </summary>
internal sealed record Heartbeat
{
    /// <summary>Nothing was told.</summary>
    public static readonly Heartbeat None = new();

    /// <summary>Milliseconds since the Unix epoch.</summary>
    public long? Time { get; init; }

    /// <summary>Events that Spark posted on its bus.</summary>
    public long? Posted { get; init; }

    /// <summary>Events that Spark's bus dropped before the listener's queue.</summary>
    public long? BusDropped { get; init; }

    public long? BusQueued { get; init; }

    /// <summary>Events of types that have no place in a trace.</summary>
    public long? Ignored { get; init; }

    /// <summary>Events that could not be encoded.</summary>
    public long? Failed { get; init; }

    /// <summary>Events dropped from the outbox: ends and starts of tasks.</summary>
    public long DroppedTasks { get; init; }

    /// <summary>Events dropped from the outbox: plans' updates and the like.</summary>
    public long DroppedDetails { get; init; }

    /// <summary>Events dropped from the outbox: of the application, its SQL executions, jobs and stages.</summary>
    public long DroppedStructure { get; init; }

    /// <summary>Lines of calls that were dropped from the outbox.</summary>
    public long CallsDropped { get; init; }

    /// <summary>Events in the outbox's memory.</summary>
    public long? InMemory { get; init; }

    /// <summary>Events in the spool on the driver's disk.</summary>
    public long? InSpool { get; init; }

    /// <summary>Bytes of all lines in the outbox's memory.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Bytes of all lines in the spool.</summary>
    public long? SpoolBytes { get; init; }

    /// <summary>Why the spool cannot be written, else null.</summary>
    public string? SpoolError { get; init; }

    /// <summary>Events that were offered to the outbox: each has a number. Null where the bus cannot be seen.</summary>
    public long? Offered => Posted - (BusDropped ?? 0) - (BusQueued ?? 0) - (Ignored ?? 0) - (Failed ?? 0);

    /// <summary>Null when the line is none that can be read.</summary>
    public static Heartbeat? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = new EventJson(line, new NameCache());
            return json.EnterObject() ? Read(ref json) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Heartbeat? Read(ref EventJson json)
    {
        var isHeartbeat = false;
        var read = new Heartbeat();
        while (json.NextProperty())
        {
            if (json.Is("Event"u8))
                isHeartbeat = json.Name() == "SparkObsHeartbeat";
            else if (json.Is("Time"u8))
                read = read with { Time = json.Int64() };
            else if (json.Is("Posted"u8))
                read = read with { Posted = json.Int64() };
            else if (json.Is("Bus Dropped"u8))
                read = read with { BusDropped = json.Int64() };
            else if (json.Is("Bus Queued"u8))
                read = read with { BusQueued = json.Int64() };
            else if (json.Is("Ignored"u8))
                read = read with { Ignored = json.Int64() };
            else if (json.Is("Failed"u8))
                read = read with { Failed = json.Int64() };
            else if (json.Is("In Memory"u8))
                read = read with { InMemory = json.Int64() };
            else if (json.Is("In Spool"u8))
                read = read with { InSpool = json.Int64() };
            else if (json.Is("Memory Bytes"u8))
                read = read with { MemoryBytes = json.Int64() };
            else if (json.Is("Spool Bytes"u8))
                read = read with { SpoolBytes = json.Int64() };
            else if (json.Is("Spool Error"u8))
                read = read with { SpoolError = json.Text(EventLimits.Name) };
            else if (json.Is("Calls Dropped"u8))
                read = read with { CallsDropped = json.Int64() ?? 0 };
            else if (json.Is("Outbox Dropped"u8))
                read = ReadDropped(ref json, read);
            else
                json.Skip();
        }
        return isHeartbeat ? read : null;
    }

    private static Heartbeat ReadDropped(ref EventJson json, Heartbeat read)
    {
        if (!json.EnterObject())
            return read;
        while (json.NextProperty())
        {
            if (json.Is("task"u8))
                read = read with { DroppedTasks = json.Int64() ?? 0 };
            else if (json.Is("detail"u8))
                read = read with { DroppedDetails = json.Int64() ?? 0 };
            else if (json.Is("structure"u8))
                read = read with { DroppedStructure = json.Int64() ?? 0 };
            else
                json.Skip();
        }
        return read;
    }
}
