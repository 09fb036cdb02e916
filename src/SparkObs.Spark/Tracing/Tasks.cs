using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>The task attempts that run, and the choice of those that get a span.</summary>
internal sealed class Tasks(ApplicationSpan application, Stages stages, TaskCalls calls, TaskSelectionLimits limits, TraceCounters counters, SpanOutput output)
{
    /// <summary>A cluster's cores at once; more of them means that their ends were lost. Some 12 MB.</summary>
    private const int MaxRunning = 100_000;

    private readonly Dictionary<long, (StageSpan Stage, TaskInfo Info)> running = [];
    private readonly SeenIds seen = new();

    public void Add(TaskStart e)
    {
        if (e.Task.TaskId < 0 || e.StageId < 0 || running.ContainsKey(e.Task.TaskId) || seen.Contains(e.Task.TaskId) || running.Count >= MaxRunning)
            return;
        var stage = stages.Of(e.StageId, e.StageAttempt, e.Task.LaunchTime);
        running.Add(e.Task.TaskId, (stage, e.Task));
        stage.RunningTasks++;
    }

    public bool Add(TaskEnd e)
    {
        var id = e.Task.TaskId;
        if (id < 0 || e.StageId < 0)
            return false;
        var started = running.Remove(id, out var start);
        // Spark tells a task's end again when its output was lost (Resubmitted): its span is out.
        if (!started && seen.Contains(id))
            return false;
        seen.Add(id);
        var stage = started ? start.Stage : stages.Of(e.StageId, e.StageAttempt, e.Task.LaunchTime);
        application.Tasks++;
        if (e.Failure is { } failure)
        {
            if (failure.IsKill)
                application.TasksKilled++;
            else
                application.TasksFailed++;
        }
        stage.Tally?.Count(e);
        if (Keep(stage, e, out var leftOut))
            stages.WriteTask(stage, e);
        if (leftOut is { } task)
            calls.TaskLeftOut(stage, task);
        if (started)
            stages.TaskEnded(stage);
        return true;
    }

    /// <summary>What comes of these tasks later is ignored: no span is made twice.</summary>
    public void WriteAll()
    {
        foreach (var (id, (stage, info)) in running.OrderBy(task => task.Key).ToList())
        {
            seen.Add(id);
            if (!stage.Selection.KeepUnfinished(stage.Scope))
            {
                calls.TaskLeftOut(stage, id);
                continue;
            }
            TaskSpan.WriteUnfinished(stage, info, application.Ids, output);
            calls.TaskWritten(stage, info, output.LastEventMs);
        }
        running.Clear();
    }

    /// <summary>Of a stage whose span is out the slowest are known no more: what comes late is kept while the trace has room.</summary>
    private bool Keep(StageSpan stage, TaskEnd task, out long? leftOut)
    {
        if (!stage.Written)
            return stage.Selection.Keep(task, stage.Scope, out leftOut);
        leftOut = null;
        if (stage.Scope.TaskSpans < limits.TasksOfTrace || task.Failure is { IsKill: false })
            return true;
        counters.TasksTraceLimit++;
        leftOut = task.Task.TaskId;
        return false;
    }
}
