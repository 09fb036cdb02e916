using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>
/// The calls of tasks. A call must not arrive without its task, so it waits until the task's span is written, and follows it; or
/// until it is known that the task has none, and is left out with it. Calls may be told of before their task's start and after its end.
/// </summary>
internal sealed class TaskCalls(ApplicationSpan application, CallSpans spans, WaitingCalls waiting, TraceCounters counters)
{
    /// <summary>Call spans of one task: the plugin sends a hundred, and an aggregate for each further operation.</summary>
    private const int MaxOfTask = 200;

    private readonly TaskFates fates = new();

    public void Add(CallsEvent e, long taskId)
    {
        ref var fate = ref fates.Find(taskId);
        if (fate.Stage is null)
        {
            var owner = new CallOwner(CallOwnerKind.Task, taskId);
            foreach (var call in e.Calls)
                waiting.Add(owner, call, e.ExecutorId, MaxOfTask);
            return;
        }
        if (!fate.HasSpan)
        {
            CountLeftOut(fate.Stage, e.Calls.Count);
            return;
        }
        var parent = CallParent.OfTask(application.Ids.Task(taskId), taskId, fate.Stage, fate.StartMs, fate.EndMs);
        foreach (var call in e.Calls)
            Write(parent, call, e.ExecutorId, ref fate);
    }

    /// <summary>The task's span is written.</summary>
    public void TaskWritten(StageSpan stage, in TaskInfo task, long endMs)
    {
        var fate = new TaskFate(stage, HasSpan: true, task.LaunchTime, Math.Max(task.LaunchTime, endMs));
        if (Take(task.TaskId) is { } calls)
        {
            stage.CallsBeyondLimit += calls.BeyondLimit;
            var parent = CallParent.OfTask(application.Ids.Task(task.TaskId), task.TaskId, stage, fate.StartMs, fate.EndMs);
            foreach (var (call, executorId) in calls.Calls)
                Write(parent, call, executorId, ref fate);
        }
        fates.Set(task.TaskId, fate);
    }

    /// <summary>The task has no span.</summary>
    public void TaskLeftOut(StageSpan stage, long taskId)
    {
        if (Take(taskId) is { } calls)
        {
            stage.CallsBeyondLimit += calls.BeyondLimit;
            CountLeftOut(stage, calls.Calls.Count);
        }
        fates.Set(taskId, new TaskFate(stage, HasSpan: false, 0, 0));
    }

    /// <summary>No events come: no task that is not written will be.</summary>
    public void LeaveOutRest()
    {
        foreach (var owner in waiting.Owners)
        {
            if (owner.Kind == CallOwnerKind.Task)
                counters.Calls.WithoutTask += waiting.Take(owner)!.Calls.Count;
        }
    }

    private CallsOfOwner? Take(long taskId) => waiting.Take(new CallOwner(CallOwnerKind.Task, taskId));

    private void Write(in CallParent parent, Call call, string? executorId, ref TaskFate fate)
    {
        if (fate.Calls < MaxOfTask)
        {
            fate.Calls++;
            spans.Write(parent, call, executorId);
            return;
        }
        counters.Calls.BeyondLimit++;
        fate.Stage!.CallsBeyondLimit++;
    }

    private void CountLeftOut(StageSpan stage, int calls)
    {
        counters.Calls.OfOmittedTasks += calls;
        stage.CallsOfOmittedTasks += calls;
    }
}
