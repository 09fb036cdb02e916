using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Events;

/// <summary>Every recorded log, of every version and codec, against counts made by other means.</summary>
public sealed class RecordedLogsTests
{
    /// <summary>What Spark writes and SparkObs has no use for.</summary>
    private static readonly string[] Unused =
    [
        "BlockManagerAdded", "BlockManagerRemoved", "BlockUpdated", "ExecutorMetricsUpdate", "StageExecutorMetrics", "UnpersistRDD",
        "ResourceProfileAdded", "Unblacklisted", "Unexcluded", "CreateTableEvent", "CreateTablePreEvent", "DropTableEvent",
        "DropTablePreEvent", "ConnectServiceStarted", "ConnectSessionStarted", "ConnectSessionClosed",
    ];

    /// <summary>A frame without an end, of which the counts hold less than can be read: it has a test of its own.</summary>
    private const string CrashedZstd = "3.5.3/crashed-zstd/local-1795376017591.zstd.inprogress";

    public static TheoryData<string> Files =>
        [.. TestLogs.Counts.Keys.Where(f => f != CrashedZstd && !Path.GetFileName(f).StartsWith("appstatus", StringComparison.Ordinal))];

    [LogTheory]
    [MemberData(nameof(Files))]
    public async Task Every_event_of_a_file_is_read(string file)
    {
        var expected = TestLogs.Counts[file];
        var path = Path.Combine(TestLogs.Root, file);
        var reader = new EventLogReader(new EventLog { Path = path, Files = [path] });
        var counter = new EventCounter();

        await reader.ReadAsync(counter, default);

        Assert.Equal(
            expected.Events.Where(e => !Unused.Any(u => e.Key.EndsWith(u, StringComparison.Ordinal))).OrderBy(e => e.Key, StringComparer.Ordinal),
            counter.Events);
        Assert.Equal(expected.TaskEndReasons.OrderBy(e => e.Key, StringComparer.Ordinal), counter.TaskEndReasons);
        Assert.Equal(
            (expected.TasksFailed, expected.TasksKilled, expected.JobsFailed, expected.StagesFailed),
            (counter.TasksFailed, counter.TasksKilled, counter.JobsFailed, counter.StagesFailed));
        Assert.Equal(
            (expected.Lines, expected.TextBytes, expected.RawBytes, (long?)expected.RawBytes, expected.UnparsableLines),
            (reader.Lines, reader.TextBytes, reader.BytesRead, reader.TotalBytes, (int)reader.UnreadableLines));
        Assert.Equal(expected.UnparsableLines, counter.Problems.Count);
    }

    [LogFact]
    public async Task A_zstd_frame_without_an_end_gives_as_much_as_zstd_itself_does()
    {
        var path = Path.Combine(TestLogs.Root, CrashedZstd);
        var reader = new EventLogReader(new EventLog { Path = path, Files = [path] });
        var counter = new EventCounter();

        await reader.ReadAsync(counter, default);

        // By `zstd -dc`.
        Assert.Equal((102, 291454, 1), (reader.Lines, reader.TextBytes, reader.UnreadableLines));
        Assert.Equal(38, counter.Events["SparkListenerTaskEnd"]);
        Assert.Equal("local-1795376017591.zstd.inprogress: the zstd frame is cut off at byte 43234", reader.Truncated);
        var (line, problem) = Assert.Single(counter.Problems);
        Assert.Equal(102, line);
        Assert.StartsWith("local-1795376017591.zstd.inprogress, line 102: ", problem, StringComparison.Ordinal);
    }
}
