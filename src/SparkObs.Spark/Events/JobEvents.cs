namespace SparkObs.Spark.Events;

/// <summary><c>SparkListenerJobStart</c>.</summary>
internal sealed class JobStart : SparkEvent
{
    public int JobId { get; init; }
    public long Time { get; init; }

    /// <summary>From <c>Stage Infos</c>, at most <see cref="EventLimits.StagesOfJob"/>; the rest is in <see cref="StageCount"/> only.</summary>
    public IReadOnlyList<StageInfo> Stages { get; init; } = [];

    public int StageCount { get; init; }
    public JobProperties Properties { get; init; } = JobProperties.None;
}

/// <summary><c>SparkListenerJobEnd</c>.</summary>
internal sealed class JobEnd : SparkEvent
{
    public int JobId { get; init; }
    public long Time { get; init; }
    public bool Succeeded { get; init; }

    /// <summary>The exception's message, with stack and newlines as Spark wrote it; null when the job succeeded.</summary>
    public string? FailureMessage { get; init; }
}

/// <summary>The local properties of a job or stage that SparkObs uses; all others are skipped.</summary>
internal sealed class JobProperties
{
    public static JobProperties None { get; } = new();

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
