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
