using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>
/// A task's shuffle read and write, from its metrics: how long and how much is exact, where inside the task it lay is not known.
/// The read is drawn when the task begins to run, the write before it ends; both say <c>sparkobs.timing=aggregate</c>.
/// </summary>
internal static class ShuffleSpans
{
    private const string Aggregate = "aggregate";

    public static void Write(TraceScope scope, SpanId task, TaskEnd end, SpanIds ids, SpanOutput output)
    {
        var metrics = end.Metrics;
        long launch = end.Task.LaunchTime, finish = Math.Max(launch, end.Task.FinishTime);
        if (HasRead(metrics))
        {
            var start = Math.Min(finish, launch + metrics[TaskMetric.ExecutorDeserializeTime]);
            var stop = Math.Min(finish, start + metrics[TaskMetric.ShuffleFetchWaitTime]);
            Write(scope, SpanNames.ShuffleRead, ids.ShuffleRead(end.Task.TaskId), task, start, stop, end, MetricHome.ShuffleRead, output);
        }
        if (metrics[TaskMetric.ShuffleBytesWritten] > 0 || metrics[TaskMetric.ShuffleRecordsWritten] > 0)
        {
            var stop = Math.Max(launch, finish - TaskTimes.GettingResult(end) - metrics[TaskMetric.ResultSerializationTime]);
            var start = Math.Max(launch, stop - (long)Math.Round(metrics[TaskMetric.ShuffleWriteTimeNs] / 1e6));
            Write(scope, SpanNames.ShuffleWrite, ids.ShuffleWrite(end.Task.TaskId), task, start, stop, end, MetricHome.ShuffleWrite, output);
        }
    }

    private static bool HasRead(TaskMetrics metrics) =>
        metrics[TaskMetric.ShuffleLocalBlocksFetched] > 0 || metrics[TaskMetric.ShuffleRemoteBlocksFetched] > 0
        || metrics[TaskMetric.ShuffleMergedLocalBlocksFetched] > 0 || metrics[TaskMetric.ShuffleMergedRemoteBlocksFetched] > 0
        || metrics[TaskMetric.ShuffleRecordsRead] > 0;

    private static void Write(
        TraceScope scope, string name, SpanId id, SpanId task, long start, long stop, TaskEnd end, MetricHome home, SpanOutput output)
    {
        if (output.Begin(scope, name, id, task, start, stop, null) is not { } batch)
            return;
        batch.Set(SparkAttributes.TaskId, end.Task.TaskId);
        batch.Set(SparkAttributes.Timing, Aggregate);
        TaskSpan.SetMetrics(batch, end.Metrics, home);
        output.End();
    }
}
