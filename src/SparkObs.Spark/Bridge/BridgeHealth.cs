namespace SparkObs.Spark.Bridge;

/// <summary>How a bridge is.</summary>
internal sealed record BridgeHealth
{
    /// <summary>Connections are taken.</summary>
    public required bool IsAccepting { get; init; }

    /// <summary>It takes connections, or was told to stop.</summary>
    public required bool AcceptsOrStops { get; init; }

    /// <summary>No lock is held for long, and every application's spans are carried to the sink, or wait for it.</summary>
    public required bool Moves { get; init; }

    /// <summary>What earlier bridges left is read. It listens before that; a driver whose session is not yet read waits for its answer.</summary>
    public required bool IsRecovered { get; init; }

    /// <summary>The sink takes nothing any more. A collector that is away is no such failure.</summary>
    public required bool ExportFailed { get; init; }

    public int Applications { get; init; }

    public int Connections { get; init; }

    public int SilentDrivers { get; init; }

    /// <summary>Spans that the sink has not taken.</summary>
    public long SpansWaiting { get; init; }

    /// <summary>A restart would help if not.</summary>
    public bool IsAlive => AcceptsOrStops && Moves;

    /// <summary>Drivers may be sent here.</summary>
    public bool IsReady => IsAlive && IsAccepting && IsRecovered && !ExportFailed;
}
