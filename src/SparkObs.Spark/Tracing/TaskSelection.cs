using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>Which tasks get a span of their own: a stage of 100,000 tasks must not drown its trace.</summary>
internal sealed record TaskSelectionLimits
{
    public static TaskSelectionLimits Default { get; } = new();

    /// <summary><c>--tasks all</c>.</summary>
    public static TaskSelectionLimits Unlimited { get; } = new() { WholeStage = int.MaxValue, TasksOfTrace = int.MaxValue };

    /// <summary>A stage of at most so many tasks keeps them all: a screen can still show them.</summary>
    public int WholeStage { get; init; } = 200;

    /// <summary>Of a larger stage: so many failed, killed, speculative and retried tasks.</summary>
    public int NotableOfStage { get; init; } = 1_000;

    /// <summary>Of a larger stage: so many of the slowest of the rest.</summary>
    public int SlowestOfStage { get; init; } = 50;

    /// <summary>After so many task spans in one trace only failed tasks are kept: backends open traces of this size still.</summary>
    public int TasksOfTrace { get; init; } = 20_000;
}

/// <summary>The choice among the tasks of one stage attempt, made as they end; the slowest are known at its end.</summary>
internal sealed class TaskSelection(TaskSelectionLimits limits, bool wholeStage, TraceCounters counters)
{
    /// <summary>The quickest on top. Of equals the higher id is quicker, so that it goes first.</summary>
    private readonly PriorityQueue<TaskEnd, (long Duration, long NegatedId)> slowest = new();

    private int notable;

    public long OmittedOrdinary { get; private set; }

    public long OmittedStageLimit { get; private set; }

    public long OmittedTraceLimit { get; private set; }

    /// <summary>Whether the task's span is to be written now. An ordinary task of a large stage may be kept for <see cref="TakeSlowest"/>.</summary>
    /// <param name="leftOut">The task that will have no span now: this one, or one that was kept so far.</param>
    public bool Keep(TaskEnd task, TraceScope trace, out long? leftOut)
    {
        leftOut = null;
        var failed = task.Failure is { IsKill: false };
        if (!wholeStage)
        {
            if (task.Failure is null && !task.Task.Speculative && task.Task.Attempt == 0)
            {
                leftOut = Consider(task);
                return false;
            }
            if (!HasRoomForNotable())
            {
                leftOut = task.Task.TaskId;
                return false;
            }
        }
        if (failed || HasRoom(trace))
            return true;
        leftOut = task.Task.TaskId;
        return false;
    }

    /// <summary>Tasks that run when the stage is closed for good: they count as notable.</summary>
    public bool KeepUnfinished(TraceScope trace)
    {
        return (wholeStage || HasRoomForNotable()) && HasRoom(trace);
    }

    /// <summary>The slowest ordinary tasks, slowest first. Each is written if <see cref="HasRoom"/> then says so.</summary>
    public IReadOnlyList<TaskEnd> TakeSlowest()
    {
        if (slowest.Count == 0)
            return [];
        var tasks = new List<TaskEnd>(slowest.Count);
        while (slowest.TryDequeue(out var task, out _))
            tasks.Add(task);
        tasks.Reverse();
        return tasks;
    }

    /// <summary>Whether the trace has room for one more task; one that has not is counted.</summary>
    public bool HasRoom(TraceScope trace)
    {
        if (trace.TaskSpans < limits.TasksOfTrace)
            return true;
        OmittedTraceLimit++;
        counters.TasksTraceLimit++;
        return false;
    }

    private bool HasRoomForNotable()
    {
        if (notable < limits.NotableOfStage)
        {
            notable++;
            return true;
        }
        OmittedStageLimit++;
        counters.TasksStageLimit++;
        return false;
    }

    /// <returns>The task that has no place among the slowest: this one, or the quickest so far.</returns>
    private long? Consider(TaskEnd task)
    {
        var rank = (task.Task.FinishTime - task.Task.LaunchTime, -task.Task.TaskId);
        if (slowest.Count < limits.SlowestOfStage)
        {
            slowest.Enqueue(task.Copy(), rank);
            return null;
        }
        OmittedOrdinary++;
        counters.TasksOrdinary++;
        if (!slowest.TryPeek(out var quickest, out var least) || rank.CompareTo(least) <= 0)
            return task.Task.TaskId;
        var leftOut = quickest.Task.TaskId;
        quickest.CopyFrom(task);
        slowest.DequeueEnqueue(quickest, rank);
        return leftOut;
    }
}
