namespace SparkObs.Spark.Events;

/// <summary>
/// <c>SparkListenerTaskStart</c>. Spark may write it late, with what has happened since: a finish time here means nothing.
/// The reader fills one instance again and again.
/// </summary>
internal sealed class TaskStart : SparkEvent
{
    public int StageId;
    public int StageAttempt;
    public TaskInfo Task;
}

/// <summary><c>SparkListenerTaskEnd</c>. The reader fills one instance again and again: <see cref="Copy"/> to keep it.</summary>
internal sealed class TaskEnd : SparkEvent
{
    public int StageId;
    public int StageAttempt;

    /// <summary><c>ShuffleMapTask</c>, not <c>ResultTask</c>.</summary>
    public bool IsShuffleMap;

    public TaskInfo Task;

    /// <summary>Why the task did not succeed, or null.</summary>
    public TaskFailure? Failure;

    /// <summary>Empty where Spark wrote none (fetch failures, lost executors).</summary>
    public TaskMetrics Metrics = new();

    public TaskEnd Copy()
    {
        var copy = new TaskEnd();
        copy.CopyFrom(this);
        return copy;
    }

    public void CopyFrom(TaskEnd other)
    {
        StageId = other.StageId;
        StageAttempt = other.StageAttempt;
        IsShuffleMap = other.IsShuffleMap;
        Task = other.Task;
        Failure = other.Failure;
        Metrics.CopyFrom(other.Metrics);
    }
}

/// <summary>Spark's <c>TaskInfo</c>.</summary>
internal struct TaskInfo
{
    public long TaskId;
    public int Index;
    public int Attempt;

    /// <summary>Since Spark 3.3; the index before.</summary>
    public int? PartitionId;

    public long LaunchTime;
    public long FinishTime;

    /// <summary>When the driver began to fetch the result; 0 when it came with the status update.</summary>
    public long GettingResultTime;

    public string? ExecutorId;
    public string? Host;
    public string? Locality;
    public bool Speculative;
    public bool Failed;
    public bool Killed;
}

/// <summary>Spark's <c>TaskEndReason</c>, by the names that it writes.</summary>
internal enum TaskEndReason : byte
{
    /// <summary>A reason of a Spark to come.</summary>
    Other,
    ExceptionFailure,
    TaskKilled,
    FetchFailed,
    ExecutorLostFailure,
    TaskCommitDenied,
    Resubmitted,
    TaskResultLost,
    UnknownReason,
}

/// <summary>Why a task did not succeed.</summary>
internal sealed class TaskFailure
{
    public TaskEndReason Reason { get; init; }

    /// <summary>Given up, not failed: the loser of a speculation, a task of a stage that was cancelled.</summary>
    public bool IsKill => Reason == TaskEndReason.TaskKilled;

    /// <summary>The reason as Spark wrote it.</summary>
    public string ReasonName { get; init; } = "";

    /// <summary><c>Class Name</c> of an ExceptionFailure.</summary>
    public string? ExceptionClass { get; init; }

    /// <summary><c>Description</c>, <c>Message</c>, <c>Loss Reason</c> or <c>Kill Reason</c>, whichever the reason has.</summary>
    public string? Message { get; init; }

    /// <summary><c>Full Stack Trace</c> of an ExceptionFailure (with its causes), as Spark wrote it.</summary>
    public string? StackTrace { get; init; }

    /// <summary>FetchFailed: the executor that should have had the block.</summary>
    public string? FetchExecutorId { get; init; }
    public string? FetchHost { get; init; }
    public long? ShuffleId { get; init; }
    public long? MapId { get; init; }
    public int? MapIndex { get; init; }
    public int? ReduceId { get; init; }

    /// <summary>ExecutorLostFailure.</summary>
    public string? LostExecutorId { get; init; }
    public bool? ExitCausedByApp { get; init; }
}
