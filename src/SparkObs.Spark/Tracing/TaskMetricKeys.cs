using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>How a <see cref="TaskMetric"/> becomes an attribute.</summary>
internal enum MetricUnit : byte
{
    Count,
    Bytes,

    /// <summary>Spark's milliseconds, emitted as seconds.</summary>
    Milliseconds,

    /// <summary>Spark's nanoseconds, emitted as seconds.</summary>
    Nanoseconds,
}

/// <summary>Which span carries a metric, besides the stage attempt, which carries the total of each.</summary>
internal enum MetricHome : byte
{
    Task,
    ShuffleRead,
    ShuffleWrite,
}

/// <summary>The attribute keys of Spark's task metrics: <c>spark.task.…</c>, <c>spark.shuffle.…</c>, and <c>spark.stage.…</c> for the totals.</summary>
internal static class TaskMetricKeys
{
    private readonly record struct Row(TaskMetric Metric, string Name, MetricUnit Unit, MetricHome Home = MetricHome.Task);

    private static readonly Row[] Rows =
    [
        new(TaskMetric.ExecutorDeserializeTime, "executor_deserialize_time", MetricUnit.Milliseconds),
        new(TaskMetric.ExecutorDeserializeCpuTimeNs, "executor_deserialize_cpu_time", MetricUnit.Nanoseconds),
        new(TaskMetric.ExecutorRunTime, "executor_run_time", MetricUnit.Milliseconds),
        new(TaskMetric.ExecutorCpuTimeNs, "executor_cpu_time", MetricUnit.Nanoseconds),
        new(TaskMetric.PeakExecutionMemory, "peak_execution_memory", MetricUnit.Bytes),
        new(TaskMetric.PeakOnHeapExecutionMemory, "peak_on_heap_execution_memory", MetricUnit.Bytes),
        new(TaskMetric.PeakOffHeapExecutionMemory, "peak_off_heap_execution_memory", MetricUnit.Bytes),
        new(TaskMetric.ResultSize, "result_size", MetricUnit.Bytes),
        new(TaskMetric.JvmGcTime, "jvm_gc_time", MetricUnit.Milliseconds),
        new(TaskMetric.ResultSerializationTime, "result_serialization_time", MetricUnit.Milliseconds),
        new(TaskMetric.MemoryBytesSpilled, "memory_bytes_spilled", MetricUnit.Bytes),
        new(TaskMetric.DiskBytesSpilled, "disk_bytes_spilled", MetricUnit.Bytes),
        new(TaskMetric.InputBytesRead, "input_bytes", MetricUnit.Bytes),
        new(TaskMetric.InputRecordsRead, "input_records", MetricUnit.Count),
        new(TaskMetric.OutputBytesWritten, "output_bytes", MetricUnit.Bytes),
        new(TaskMetric.OutputRecordsWritten, "output_records", MetricUnit.Count),
        new(TaskMetric.ShuffleRemoteBlocksFetched, "remote_blocks_fetched", MetricUnit.Count, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleLocalBlocksFetched, "local_blocks_fetched", MetricUnit.Count, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleFetchWaitTime, "fetch_wait_time", MetricUnit.Milliseconds, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleRemoteBytesRead, "remote_bytes_read", MetricUnit.Bytes, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleRemoteBytesReadToDisk, "remote_bytes_read_to_disk", MetricUnit.Bytes, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleLocalBytesRead, "local_bytes_read", MetricUnit.Bytes, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleRecordsRead, "records_read", MetricUnit.Count, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleRemoteRequestsDuration, "remote_requests_duration", MetricUnit.Milliseconds, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleCorruptMergedBlockChunks, "corrupt_merged_block_chunks", MetricUnit.Count, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleMergedFetchFallbackCount, "merged_fetch_fallback_count", MetricUnit.Count, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleMergedRemoteBlocksFetched, "merged_remote_blocks_fetched", MetricUnit.Count, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleMergedLocalBlocksFetched, "merged_local_blocks_fetched", MetricUnit.Count, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleMergedRemoteChunksFetched, "merged_remote_chunks_fetched", MetricUnit.Count, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleMergedLocalChunksFetched, "merged_local_chunks_fetched", MetricUnit.Count, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleMergedRemoteBytesRead, "merged_remote_bytes_read", MetricUnit.Bytes, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleMergedLocalBytesRead, "merged_local_bytes_read", MetricUnit.Bytes, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleMergedRemoteRequestsDuration, "merged_remote_requests_duration", MetricUnit.Milliseconds, MetricHome.ShuffleRead),
        new(TaskMetric.ShuffleBytesWritten, "bytes_written", MetricUnit.Bytes, MetricHome.ShuffleWrite),
        new(TaskMetric.ShuffleWriteTimeNs, "write_time", MetricUnit.Nanoseconds, MetricHome.ShuffleWrite),
        new(TaskMetric.ShuffleRecordsWritten, "records_written", MetricUnit.Count, MetricHome.ShuffleWrite),
    ];

    private static readonly AttributeKey[] Own = new AttributeKey[TaskMetrics.Count];
    private static readonly AttributeKey[] OfStage = new AttributeKey[TaskMetrics.Count];
    private static readonly TaskMetric[][] ByHome = new TaskMetric[3][];

    static TaskMetricKeys()
    {
        foreach (var row in Rows)
        {
            var home = row.Home == MetricHome.Task ? "" : "shuffle_";
            Own[(int)row.Metric] = new((row.Home == MetricHome.Task ? "spark.task." : "spark.shuffle.") + row.Name);
            OfStage[(int)row.Metric] = new($"spark.stage.{home}{row.Name}");
        }
        for (var home = 0; home < ByHome.Length; home++)
            ByHome[home] = [.. Rows.Where(row => (int)row.Home == home).Select(row => row.Metric)];
    }

    /// <summary>The key on the metric's own span: a task's, or its shuffle read's or write's.</summary>
    public static AttributeKey Key(TaskMetric metric) => Own[(int)metric];

    /// <summary>The key of the total on the stage attempt (of a peak: the greatest).</summary>
    public static AttributeKey StageKey(TaskMetric metric) => OfStage[(int)metric];

    public static ReadOnlySpan<TaskMetric> Of(MetricHome home) => ByHome[(int)home];

    /// <summary>The metric as an attribute: counts and bytes as ints, times as seconds.</summary>
    public static SpanAttribute Attribute(AttributeKey key, TaskMetric metric, long value) => Rows[(int)metric].Unit switch
    {
        MetricUnit.Milliseconds => new(key, value / 1e3),
        MetricUnit.Nanoseconds => new(key, value / 1e9),
        _ => new(key, value),
    };
}
