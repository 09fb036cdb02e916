using System.Text;

namespace SparkObs.Spark.Events;

/// <summary>Reads Spark's <c>Task Metrics</c>.</summary>
internal static class TaskMetricsReader
{
    private static readonly Table Task = new(
        ("Executor Deserialize Time", TaskMetric.ExecutorDeserializeTime),
        ("Executor Deserialize CPU Time", TaskMetric.ExecutorDeserializeCpuTimeNs),
        ("Executor Run Time", TaskMetric.ExecutorRunTime),
        ("Executor CPU Time", TaskMetric.ExecutorCpuTimeNs),
        ("Peak Execution Memory", TaskMetric.PeakExecutionMemory),
        ("Peak On Heap Execution Memory", TaskMetric.PeakOnHeapExecutionMemory),
        ("Peak Off Heap Execution Memory", TaskMetric.PeakOffHeapExecutionMemory),
        ("Result Size", TaskMetric.ResultSize),
        ("JVM GC Time", TaskMetric.JvmGcTime),
        ("Result Serialization Time", TaskMetric.ResultSerializationTime),
        ("Memory Bytes Spilled", TaskMetric.MemoryBytesSpilled),
        ("Disk Bytes Spilled", TaskMetric.DiskBytesSpilled));

    private static readonly Table Input = new(
        ("Bytes Read", TaskMetric.InputBytesRead),
        ("Records Read", TaskMetric.InputRecordsRead));

    private static readonly Table Output = new(
        ("Bytes Written", TaskMetric.OutputBytesWritten),
        ("Records Written", TaskMetric.OutputRecordsWritten));

    private static readonly Table ShuffleRead = new(
        ("Remote Blocks Fetched", TaskMetric.ShuffleRemoteBlocksFetched),
        ("Local Blocks Fetched", TaskMetric.ShuffleLocalBlocksFetched),
        ("Fetch Wait Time", TaskMetric.ShuffleFetchWaitTime),
        ("Remote Bytes Read", TaskMetric.ShuffleRemoteBytesRead),
        ("Remote Bytes Read To Disk", TaskMetric.ShuffleRemoteBytesReadToDisk),
        ("Local Bytes Read", TaskMetric.ShuffleLocalBytesRead),
        ("Total Records Read", TaskMetric.ShuffleRecordsRead),
        ("Remote Requests Duration", TaskMetric.ShuffleRemoteRequestsDuration));

    private static readonly Table PushBasedShuffle = new(
        ("Corrupt Merged Block Chunks", TaskMetric.ShuffleCorruptMergedBlockChunks),
        ("Merged Fetch Fallback Count", TaskMetric.ShuffleMergedFetchFallbackCount),
        ("Merged Remote Blocks Fetched", TaskMetric.ShuffleMergedRemoteBlocksFetched),
        ("Merged Local Blocks Fetched", TaskMetric.ShuffleMergedLocalBlocksFetched),
        ("Merged Remote Chunks Fetched", TaskMetric.ShuffleMergedRemoteChunksFetched),
        ("Merged Local Chunks Fetched", TaskMetric.ShuffleMergedLocalChunksFetched),
        ("Merged Remote Bytes Read", TaskMetric.ShuffleMergedRemoteBytesRead),
        ("Merged Local Bytes Read", TaskMetric.ShuffleMergedLocalBytesRead),
        ("Merged Remote Requests Duration", TaskMetric.ShuffleMergedRemoteRequestsDuration));

    private static readonly Table ShuffleWrite = new(
        ("Shuffle Bytes Written", TaskMetric.ShuffleBytesWritten),
        ("Shuffle Write Time", TaskMetric.ShuffleWriteTimeNs),
        ("Shuffle Records Written", TaskMetric.ShuffleRecordsWritten));

    public static void Read(ref EventJson json, TaskMetrics metrics) => ReadGroup(ref json, Task, metrics);

    private static void ReadGroup(ref EventJson json, Table table, TaskMetrics metrics)
    {
        if (!json.EnterObject())
            return;
        var expected = 0;
        while (json.NextProperty())
        {
            if (table.Find(ref json, ref expected) is { } metric)
            {
                if (json.Int64() is { } value)
                    metrics.Set(metric, value);
            }
            else if (GroupOf(ref json) is { } group)
            {
                ReadGroup(ref json, group, metrics);
            }
            else
            {
                json.Skip();
            }
        }
    }

    private static Table? GroupOf(ref EventJson json) =>
        json.Is("Shuffle Read Metrics"u8) ? ShuffleRead
        : json.Is("Push Based Shuffle"u8) ? PushBasedShuffle
        : json.Is("Shuffle Write Metrics"u8) ? ShuffleWrite
        : json.Is("Input Metrics"u8) ? Input
        : json.Is("Output Metrics"u8) ? Output
        : null;

    /// <summary>The names of one object's metrics in Spark's order: the next to come is nearly always the next here.</summary>
    private sealed class Table(params (string Name, TaskMetric Metric)[] metrics)
    {
        private readonly (byte[] Name, TaskMetric Metric)[] metrics =
            [.. metrics.Select(m => (Encoding.UTF8.GetBytes(m.Name), m.Metric))];

        public TaskMetric? Find(ref EventJson json, ref int expected)
        {
            for (var i = 0; i < metrics.Length; i++)
            {
                var at = (expected + i) % metrics.Length;
                if (json.Is(metrics[at].Name))
                {
                    expected = at + 1;
                    return metrics[at].Metric;
                }
            }

            return null;
        }
    }
}
