using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>What the tasks of one stage attempt add up to, whether they have spans of their own or not.</summary>
internal sealed class StageTally
{
    private readonly TaskMetrics totals = new();
    private readonly DurationHistogram durations = new();
    private long succeeded, failed, killed, speculative, schedulerDelay, gettingResult;
    private bool hasSchedulerDelay, hasGettingResult;

    /// <summary>Other stages can read what these tasks wrote.</summary>
    public bool HasShuffleOutput { get; private set; }

    public void Count(TaskEnd task)
    {
        if (task.Task.Speculative)
            speculative++;
        totals.Add(task.Metrics);
        if (task.Failure is { } failure)
        {
            if (failure.IsKill)
                killed++;
            else
                failed++;
            return;
        }
        succeeded++;
        HasShuffleOutput |= task.IsShuffleMap;
        durations.Add(task.Task.FinishTime - task.Task.LaunchTime);
        if (TaskTimes.SchedulerDelay(task) is { } delay)
        {
            schedulerDelay += delay;
            hasSchedulerDelay = true;
        }
        if (task.Task.GettingResultTime > 0)
        {
            gettingResult += TaskTimes.GettingResult(task);
            hasGettingResult = true;
        }
    }

    public void Write(SpanBatch batch)
    {
        batch.Set(SparkAttributes.StageTasksSucceeded, succeeded);
        batch.Set(SparkAttributes.StageTasksFailed, failed);
        batch.Set(SparkAttributes.StageTasksKilled, killed);
        batch.Set(SparkAttributes.StageTasksSpeculative, speculative);
        WriteDurations(batch);
        if (hasSchedulerDelay)
            batch.Set(SparkAttributes.StageSchedulerDelay, schedulerDelay / 1e3);
        if (hasGettingResult)
            batch.Set(SparkAttributes.StageGettingResultTime, gettingResult / 1e3);
        for (var i = 0; i < TaskMetrics.Count; i++)
        {
            var metric = (TaskMetric)i;
            if (totals.Has(metric))
                batch.Set(TaskMetricKeys.Attribute(TaskMetricKeys.StageKey(metric), metric, totals[metric]));
        }
    }

    /// <summary>Of the tasks that succeeded: those that were cut short say nothing of the work.</summary>
    private void WriteDurations(SpanBatch batch)
    {
        if (durations.Count == 0)
            return;
        var median = durations.Percentile(0.5);
        batch.Set(SparkAttributes.StageTaskDurationMin, durations.Min / 1e3);
        batch.Set(SparkAttributes.StageTaskDurationP50, median / 1e3);
        batch.Set(SparkAttributes.StageTaskDurationP75, durations.Percentile(0.75) / 1e3);
        batch.Set(SparkAttributes.StageTaskDurationP95, durations.Percentile(0.95) / 1e3);
        batch.Set(SparkAttributes.StageTaskDurationP99, durations.Percentile(0.99) / 1e3);
        batch.Set(SparkAttributes.StageTaskDurationMax, durations.Max / 1e3);
        if (median > 0)
            batch.Set(SparkAttributes.StageTaskDurationSkew, (double)durations.Max / median);
    }
}
