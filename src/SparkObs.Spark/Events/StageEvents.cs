namespace SparkObs.Spark.Events;

/// <summary><c>SparkListenerStageSubmitted</c>.</summary>
internal sealed class StageSubmitted : SparkEvent
{
    public StageInfo Stage { get; init; } = new();
    public JobProperties Properties { get; init; } = JobProperties.None;
}

/// <summary><c>SparkListenerStageCompleted</c>; a stage that failed or was cancelled completes too.</summary>
internal sealed class StageCompleted : SparkEvent
{
    public StageInfo Stage { get; init; } = new();
}

/// <summary>Spark's <c>StageInfo</c>.</summary>
internal sealed class StageInfo
{
    public int StageId { get; init; }
    public int Attempt { get; init; }
    public string Name { get; init; } = "";
    public int TaskCount { get; init; }
    public long? SubmissionTime { get; init; }
    public long? CompletionTime { get; init; }
    public string? FailureReason { get; init; }

    /// <summary>The RDD that the stage computes (the first of <c>RDD Info</c>): the same in every stage made for one shuffle's map side.</summary>
    public int? RddId { get; init; }

    public IReadOnlyList<int> ParentIds { get; init; } = [];

    /// <summary>Values of SQL metrics by accumulator id (the accumulables whose Metadata is <c>sql</c>); only in StageCompleted.</summary>
    public IReadOnlyList<AccumulatorValue> SqlMetrics { get; init; } = [];
}

/// <summary>An accumulator's id and value.</summary>
internal readonly record struct AccumulatorValue(long Id, long Value);
