namespace SparkObs.Spark.Events;

/// <summary><c>StreamingQueryListener$QueryStartedEvent</c>.</summary>
internal sealed class QueryStarted : SparkEvent
{
    public string Id { get; init; } = "";
    public string RunId { get; init; } = "";
    public string? Name { get; init; }
    public long? Time { get; init; }

    /// <summary>Since Spark 4.1.</summary>
    public IReadOnlyList<string> JobTags { get; init; } = [];
}

/// <summary><c>StreamingQueryListener$QueryProgressEvent</c>: written when a trigger has ended, or from time to time when idle.</summary>
internal sealed class QueryProgress : SparkEvent
{
    public string Id { get; init; } = "";
    public string RunId { get; init; } = "";
    public string? Name { get; init; }

    /// <summary>The trigger's start.</summary>
    public long? Time { get; init; }

    public long BatchId { get; init; }

    /// <summary>Milliseconds, the whole trigger.</summary>
    public long? BatchDuration { get; init; }

    /// <summary><c>durationMs</c>: milliseconds by phase (<c>addBatch</c>, <c>triggerExecution</c>, …), in Spark's order.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Phases { get; init; } = [];

    /// <summary>Event-time watermark, ISO 8601 as written.</summary>
    public string? Watermark { get; init; }

    public IReadOnlyList<StreamSource> Sources { get; init; } = [];
    public string? Sink { get; init; }

    /// <summary>-1 where the sink does not count.</summary>
    public long? SinkRows { get; init; }

    public IReadOnlyList<StateOperator> StateOperators { get; init; } = [];
}

/// <summary>A stream's source in one trigger.</summary>
/// <param name="MaxOffsetsBehindLatest">From the source's own metrics (Kafka): how far it is behind.</param>
internal sealed record StreamSource(
    string? Description, long? InputRows, string? EndOffset, string? LatestOffset, double? ProcessedRowsPerSecond, long? MaxOffsetsBehindLatest);

/// <summary>A stateful operator in one trigger. <paramref name="MemoryUsed"/> in bytes.</summary>
internal sealed record StateOperator(
    string? Name, long? RowsTotal, long? RowsUpdated, long? RowsRemoved, long? RowsDroppedByWatermark, long? MemoryUsed);

/// <summary><c>StreamingQueryListener$QueryTerminatedEvent</c>.</summary>
internal sealed class QueryTerminated : SparkEvent
{
    public string Id { get; init; } = "";
    public string RunId { get; init; } = "";
    public string? Exception { get; init; }
    public string? ErrorClass { get; init; }
}
