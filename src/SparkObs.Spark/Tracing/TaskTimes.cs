using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>Times that Spark's UI derives from a task's metrics (<c>org.apache.spark.status.AppStatusUtils</c>).</summary>
internal static class TaskTimes
{
    /// <summary>Milliseconds in which the task waited to be sent, to start or to be told of; null without metrics.</summary>
    public static long? SchedulerDelay(TaskEnd task)
    {
        if (!task.Metrics.Has(TaskMetric.ExecutorRunTime))
            return null;
        var busy = task.Metrics[TaskMetric.ExecutorRunTime] + task.Metrics[TaskMetric.ExecutorDeserializeTime]
            + task.Metrics[TaskMetric.ResultSerializationTime] + GettingResult(task);
        return Math.Max(0, task.Task.FinishTime - task.Task.LaunchTime - busy);
    }

    /// <summary>Milliseconds from the driver's fetch of the result to the end; 0 when the result came with the status update.</summary>
    public static long GettingResult(TaskEnd task) =>
        task.Task.GettingResultTime > 0 ? Math.Max(0, task.Task.FinishTime - task.Task.GettingResultTime) : 0;
}
