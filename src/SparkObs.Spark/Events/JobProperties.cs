namespace SparkObs.Spark.Events;

/// <summary>The local properties of a job or stage that SparkObs uses; all others are skipped.</summary>
internal sealed class JobProperties
{
    public static JobProperties None { get; } = new();

    /// <summary>Of a thread's local properties those that say where a job comes from.</summary>
    public static JobProperties OriginIn(IReadOnlyDictionary<string, string> properties) => new()
    {
        StreamingQueryId = properties.GetValueOrDefault("sql.streaming.queryId"),
        StreamingBatchId = properties.GetValueOrDefault("streaming.sql.batchId"),
        JobGroup = properties.GetValueOrDefault("spark.jobGroup.id"),
        Tags = properties.GetValueOrDefault("spark.job.tags"),
        Traceparent = properties.GetValueOrDefault("traceparent"),
    };

    /// <summary><c>spark.sql.execution.id</c></summary>
    public long? ExecutionId { get; init; }

    /// <summary><c>spark.sql.execution.root.id</c>, since Spark 3.4.</summary>
    public long? RootExecutionId { get; init; }

    /// <summary><c>sql.streaming.queryId</c></summary>
    public string? StreamingQueryId { get; init; }

    /// <summary><c>streaming.sql.batchId</c></summary>
    public string? StreamingBatchId { get; init; }

    /// <summary><c>spark.jobGroup.id</c>; a stream's run id.</summary>
    public string? JobGroup { get; init; }

    /// <summary><c>spark.job.description</c></summary>
    public string? Description { get; init; }

    /// <summary><c>spark.job.tags</c> as written: comma-separated, since Spark 3.5.</summary>
    public string? Tags { get; init; }

    /// <summary><c>spark.scheduler.pool</c></summary>
    public string? Pool { get; init; }

    /// <summary><c>callSite.short</c></summary>
    public string? CallSite { get; init; }

    /// <summary><c>traceparent</c>, W3C Trace Context.</summary>
    public string? Traceparent { get; init; }
}
