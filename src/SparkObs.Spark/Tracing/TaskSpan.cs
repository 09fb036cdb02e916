using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>The span of a task attempt, below its stage attempt, with its shuffle read and write below it.</summary>
internal static class TaskSpan
{
    public static void Write(StageSpan stage, TaskEnd task, SpanIds ids, SafeText text, SpanOutput output)
    {
        ref readonly var info = ref task.Task;
        var id = ids.Task(info.TaskId);
        if (Begin(stage, info, id, info.FinishTime, output) is not { } batch)
            return;
        if (SchedulerDelayOf(task) is { } delay)
            batch.Set(SparkAttributes.TaskSchedulerDelay, delay / 1e3);
        if (info.GettingResultTime > 0)
            batch.Set(SparkAttributes.TaskGettingResultTime, TaskTimes.GettingResult(task) / 1e3);
        SetMetrics(batch, task.Metrics, MetricHome.Task);
        if (task.Failure is { } failure)
            SetFailure(batch, failure, info.FinishTime, text);
        output.End();

        ShuffleSpans.Write(stage.Scope, id, task, ids, output);
    }

    /// <summary>A task that never ended.</summary>
    public static void WriteUnfinished(StageSpan stage, in TaskInfo info, SpanIds ids, SpanOutput output)
    {
        if (Begin(stage, info, ids.Task(info.TaskId), null, output) is not null)
            output.End();
    }

    internal static void SetMetrics(SpanBatch batch, TaskMetrics metrics, MetricHome home)
    {
        if (metrics.IsEmpty)
            return;
        foreach (var metric in TaskMetricKeys.Of(home))
        {
            if (metrics.Has(metric))
                batch.Set(TaskMetricKeys.Attribute(TaskMetricKeys.Key(metric), metric, metrics[metric]));
        }
    }

    private static SpanBatch? Begin(StageSpan stage, in TaskInfo info, SpanId id, long? endMs, SpanOutput output)
    {
        stage.Scope.TaskSpans++;
        var batch = output.Begin(stage.Scope, SpanNames.Task, id, stage.Id, info.LaunchTime, endMs, stage);
        if (batch is null)
            return null;
        batch.Set(SparkAttributes.TaskId, info.TaskId);
        batch.Set(SparkAttributes.TaskIndex, info.Index);
        batch.Set(SparkAttributes.TaskAttempt, info.Attempt);
        if (info.PartitionId is { } partition)
            batch.Set(SparkAttributes.TaskPartition, partition);
        batch.Set(SparkAttributes.StageId, stage.StageId);
        batch.Set(SparkAttributes.StageAttempt, stage.Attempt);
        batch.Set(SparkAttributes.ExecutorId, info.ExecutorId);
        batch.Set(SparkAttributes.ExecutorHost, info.Host);
        batch.Set(SparkAttributes.TaskLocality, info.Locality);
        batch.Set(SparkAttributes.TaskSpeculative, info.Speculative);
        return batch;
    }

    /// <summary>Of a failed task the delay says nothing: its run was cut short.</summary>
    private static long? SchedulerDelayOf(TaskEnd task) => task.Failure is null ? TaskTimes.SchedulerDelay(task) : null;

    private static void SetFailure(SpanBatch batch, TaskFailure task, long timeMs, SafeText text)
    {
        if (task.IsKill)
        {
            batch.Set(SparkAttributes.TaskKillReason, text.Name(task.Message ?? ""));
            return;
        }
        batch.Set(SparkAttributes.FetchExecutorId, task.FetchExecutorId);
        batch.Set(SparkAttributes.FetchExecutorHost, task.FetchHost);
        SetIfKnown(batch, SparkAttributes.FetchShuffleId, task.ShuffleId);
        SetIfKnown(batch, SparkAttributes.FetchMapIndex, task.MapIndex);
        SetIfKnown(batch, SparkAttributes.FetchReduceId, task.ReduceId);
        var failure = Failure.Of(task, text);
        batch.SetError(failure);
        batch.AddException(failure, timeMs, task.ExceptionClass is { } name ? text.Name(name) : failure.Type);
    }

    private static void SetIfKnown(SpanBatch batch, AttributeKey key, long? value)
    {
        if (value is { } known)
            batch.Set(key, known);
    }
}
