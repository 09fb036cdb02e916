using System.Text;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Events;

public sealed class EventLogReaderTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static string Job(int id) => $"{{\"Event\":\"SparkListenerJobEnd\",\"Job ID\":{id},\"Completion Time\":1}}";

    [LogTheory]
    [InlineData("3.5.3/many-tasks-rolling-zstd", 3000)]
    [InlineData("4.3.0/many-tasks-rolling-zstd", 2000)]
    public async Task A_rolling_log_is_one_application(string workload, int tasks)
    {
        var log = Assert.Single((await EventLogFinder.FindAsync(TestLogs.Workload(workload), default)).Logs);
        var reader = new EventLogReader(log);
        var counter = new EventCounter();

        await reader.ReadAsync(counter, default);

        Assert.Equal((1, tasks, tasks, 1), (
            counter.Events["SparkListenerApplicationStart"],
            counter.Events["SparkListenerTaskStart"],
            counter.Events["SparkListenerTaskEnd"],
            counter.Events["SparkListenerApplicationEnd"]));
        Assert.Equal((reader.TotalBytes, 0L, null), ((long?)reader.BytesRead, reader.UnreadableLines, reader.Truncated));
    }

    [LogFact]
    public async Task Standard_input_is_read_without_seeking_whatever_its_codec()
    {
        foreach (var codec in new[] { "zstd", "lz4", "snappy", "lzf" })
        {
            using var pipe = new PipeOf(await File.ReadAllBytesAsync(TestLogs.Workload("3.5.3/sql-aqe-" + codec)));
            var reader = new EventLogReader(EventLog.FromStream("standard input", pipe));
            var counter = new EventCounter();

            await reader.ReadAsync(counter, default);

            Assert.Equal((616L, null, 165), (reader.Lines, reader.TotalBytes, counter.Events["SparkListenerTaskEnd"]));
        }
    }

    [Fact]
    public async Task Lines_are_counted_over_all_files_and_problems_say_which()
    {
        folder.Write("eventlog_v2_a/events_1_a", Encoding.UTF8.GetBytes(Job(1) + "\n\n  \r\n" + Job(2) + "\n"));
        folder.Write("eventlog_v2_a/events_2_a", Encoding.UTF8.GetBytes(Job(3) + "\nnonsense\n" + Job(4)));
        var log = Assert.Single((await EventLogFinder.FindAsync(Path.Combine(folder.Path, "eventlog_v2_a"), default)).Logs);
        var reader = new EventLogReader(log);
        var jobs = new JobCollector();

        await reader.ReadAsync(jobs, default);

        Assert.Equal([1, 2, 3, 4], jobs.Ended);
        var (line, problem) = Assert.Single(jobs.Problems);
        Assert.Equal(6, line);
        Assert.StartsWith("events_2_a, line 2: 'nonsense' is an invalid JSON literal", problem, StringComparison.Ordinal);
        Assert.Equal((7, 1), (reader.Lines, reader.UnreadableLines));
    }

    [LogFact]
    public async Task A_damaged_file_is_told_and_the_next_is_read()
    {
        var bytes = await File.ReadAllBytesAsync(TestLogs.Workload("3.5.3/sql-aqe-lz4"));
        folder.Write("eventlog_v2_a/events_1_a", bytes.AsSpan(0, bytes.Length / 2));
        folder.Write("eventlog_v2_a/events_2_a", Encoding.UTF8.GetBytes(Job(1234) + "\n"));
        var log = Assert.Single((await EventLogFinder.FindAsync(Path.Combine(folder.Path, "eventlog_v2_a"), default)).Logs);
        var reader = new EventLogReader(log);
        var jobs = new JobCollector();

        await reader.ReadAsync(jobs, default);

        Assert.Equal(1234, jobs.Ended[^1]);
        Assert.Matches("^events_1_a: the lz4 block is cut off at byte [0-9]+$", reader.Truncated);
        Assert.Single(jobs.Problems);
    }

    [Fact]
    public async Task A_line_longer_than_any_event_is_skipped_and_told()
    {
        var path = Path.Combine(folder.Path, "app");
        using (var file = new StreamWriter(path))
        {
            await file.WriteAsync(Job(1) + "\n{\"Event\":\"SparkListenerLogStart\",\"x\":\"");
            for (var i = 0; i < 65; i++)
                await file.WriteAsync(new string('x', 1 << 20));
            await file.WriteAsync("\"}\n" + Job(2) + "\n");
        }

        var reader = new EventLogReader(new EventLog { Path = path, Files = [path] });
        var jobs = new JobCollector();

        await reader.ReadAsync(jobs, default);

        Assert.Equal([1, 2], jobs.Ended);
        Assert.Equal([(2L, "app, line 2: longer than 64 MiB")], jobs.Problems);
    }

    [Fact]
    public async Task A_long_line_is_read_whole()
    {
        var text = "{\"Event\":\"SparkListenerJobEnd\",\"x\":\"" + new string('x', 5_000_000) + "\",\"Job ID\":7,\"Completion Time\":1}\n" + Job(8);
        var reader = new EventLogReader(EventLog.FromStream("pipe", new PipeOf(Encoding.UTF8.GetBytes(text))));
        var jobs = new JobCollector();

        await reader.ReadAsync(jobs, default);

        Assert.Equal([7, 8], jobs.Ended);
    }

    [Fact]
    public async Task A_file_that_has_gone_is_one_clear_error()
    {
        var path = Path.Combine(folder.Path, "gone");
        var reader = new EventLogReader(new EventLog { Path = path, Files = [path] });

        var error = await Assert.ThrowsAsync<EventLogException>(() => reader.ReadAsync(new EventCounter(), default));

        Assert.StartsWith($"{path} cannot be read: ", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A stream that cannot seek and gives little at a time.</summary>
    private sealed class PipeOf(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 1000)], cancellationToken);
    }
}
