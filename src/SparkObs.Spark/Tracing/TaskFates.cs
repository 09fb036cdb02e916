using System.Numerics;

namespace SparkObs.Spark.Tracing;

/// <summary>What became of a task: what calls that come later need to know.</summary>
/// <param name="Stage">Its stage attempt, and with it the trace; null where nothing is known.</param>
/// <param name="HasSpan">Its span was written.</param>
/// <param name="StartMs">Of its span.</param>
/// <param name="EndMs">Of its span.</param>
internal record struct TaskFate(StageSpan? Stage, bool HasSpan, long StartMs, long EndMs)
{
    public long TaskId { get; set; } = -1;

    /// <summary>Calls below it that were taken, of those that one task may have.</summary>
    public int Calls { get; set; }
}

/// <summary>
/// The fates of the tasks that were decided last: Spark counts their ids up, so a slot is used again by the task
/// <see cref="Window"/> later. Calls come before their task's end as a rule, and seconds after it where the driver is busy.
/// </summary>
internal sealed class TaskFates
{
    /// <summary>Some seconds of a large cluster's tasks; at most 800 kB, and as little as an application has tasks.</summary>
    private const int Window = 16_384;

    private TaskFate[] fates = [];

    /// <summary>Stays as it is: nobody changes the fate of a task without a stage.</summary>
    private TaskFate none;

    public void Set(long taskId, in TaskFate fate)
    {
        if (taskId < 0)
            return;
        ref var slot = ref SlotOf(taskId);
        // A straggler's end comes when its slot is a later task's.
        if (slot.Stage is not null && slot.TaskId > taskId)
            return;
        slot = fate;
        slot.TaskId = taskId;
    }

    /// <summary>The task's fate, with its stage; or none: it is not decided, or was long ago.</summary>
    public ref TaskFate Find(long taskId)
    {
        if (taskId >= 0 && (int)(taskId % Window) < fates.Length && fates[taskId % Window] is { Stage: not null } fate && fate.TaskId == taskId)
            return ref fates[taskId % Window];
        return ref none;
    }

    private ref TaskFate SlotOf(long taskId)
    {
        var place = (int)(taskId % Window);
        if (place >= fates.Length)
            Array.Resize(ref fates, (int)Math.Min(Window, BitOperations.RoundUpToPowerOf2((uint)place + 1)));
        return ref fates[place];
    }
}
