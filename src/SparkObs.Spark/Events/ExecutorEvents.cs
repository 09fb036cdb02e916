namespace SparkObs.Spark.Events;

/// <summary><c>SparkListenerExecutorAdded</c>.</summary>
internal sealed class ExecutorAdded : SparkEvent
{
    public long Time { get; init; }
    public string ExecutorId { get; init; } = "";
    public string? Host { get; init; }
    public int Cores { get; init; }
}

/// <summary><c>SparkListenerExecutorRemoved</c>.</summary>
internal sealed class ExecutorRemoved : SparkEvent
{
    public long Time { get; init; }
    public string ExecutorId { get; init; } = "";
    public string? Reason { get; init; }
}

/// <summary>
/// <c>SparkListenerExecutorExcluded</c> or <c>…ExcludedForStage</c>, and their names before 3.1, <c>…Blacklisted…</c>.
/// Since 3.1 Spark writes both, one after the other; <see cref="OldName"/> tells them apart.
/// </summary>
internal sealed class ExecutorExcluded : SparkEvent
{
    public long Time { get; init; }
    public string ExecutorId { get; init; } = "";
    public int TaskFailures { get; init; }
    public int? StageId { get; init; }
    public int? StageAttempt { get; init; }
    public bool OldName { get; init; }
}
