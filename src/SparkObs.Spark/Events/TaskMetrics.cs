namespace SparkObs.Spark.Events;

/// <summary>Spark's <c>TaskMetrics</c>, each in the unit that Spark writes: ms unless the name says ns, bytes, or a count.</summary>
internal enum TaskMetric : byte
{
    ExecutorDeserializeTime,
    ExecutorDeserializeCpuTimeNs,
    ExecutorRunTime,
    ExecutorCpuTimeNs,
    PeakExecutionMemory,
    PeakOnHeapExecutionMemory,
    PeakOffHeapExecutionMemory,
    ResultSize,
    JvmGcTime,
    ResultSerializationTime,
    MemoryBytesSpilled,
    DiskBytesSpilled,
    InputBytesRead,
    InputRecordsRead,
    OutputBytesWritten,
    OutputRecordsWritten,
    ShuffleRemoteBlocksFetched,
    ShuffleLocalBlocksFetched,
    ShuffleFetchWaitTime,
    ShuffleRemoteBytesRead,
    ShuffleRemoteBytesReadToDisk,
    ShuffleLocalBytesRead,
    ShuffleRecordsRead,
    ShuffleRemoteRequestsDuration,
    ShuffleCorruptMergedBlockChunks,
    ShuffleMergedFetchFallbackCount,
    ShuffleMergedRemoteBlocksFetched,
    ShuffleMergedLocalBlocksFetched,
    ShuffleMergedRemoteChunksFetched,
    ShuffleMergedLocalChunksFetched,
    ShuffleMergedRemoteBytesRead,
    ShuffleMergedLocalBytesRead,
    ShuffleMergedRemoteRequestsDuration,
    ShuffleBytesWritten,
    ShuffleWriteTimeNs,
    ShuffleRecordsWritten,
}

/// <summary>A task's metrics, with which of them Spark reported: absent is not zero.</summary>
internal sealed class TaskMetrics
{
    public const int Count = (int)TaskMetric.ShuffleRecordsWritten + 1;

    private readonly long[] values = new long[Count];

    /// <summary>One bit a metric that is present.</summary>
    private ulong present;

    public bool IsEmpty => present == 0;

    public bool Has(TaskMetric metric) => (present & (1UL << (int)metric)) != 0;

    /// <summary>The value, or 0 where absent.</summary>
    public long this[TaskMetric metric] => values[(int)metric];

    public void Set(TaskMetric metric, long value)
    {
        values[(int)metric] = value;
        present |= 1UL << (int)metric;
    }

    public void Clear()
    {
        Array.Clear(values);
        present = 0;
    }

    public void CopyFrom(TaskMetrics other)
    {
        other.values.CopyTo(values, 0);
        present = other.present;
    }

    /// <summary>Adds another task's metrics, for the totals of a stage; of a peak the greater stays.</summary>
    public void Add(TaskMetrics other)
    {
        for (var i = 0; i < Count; i++)
            values[i] = IsPeak((TaskMetric)i) ? Math.Max(values[i], other.values[i]) : values[i] + other.values[i];
        present |= other.present;
    }

    private static bool IsPeak(TaskMetric metric) =>
        metric is TaskMetric.PeakExecutionMemory or TaskMetric.PeakOnHeapExecutionMemory or TaskMetric.PeakOffHeapExecutionMemory;
}
