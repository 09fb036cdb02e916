using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Events;

public sealed class EventLogFinderTests : IDisposable
{
    private readonly TempFolder folder = new();

    private static ReadOnlySpan<byte> Line => "{\"Event\":\"SparkListenerLogStart\",\"Spark Version\":\"3.5.3\"}\n"u8;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_file_is_one_log()
    {
        var path = folder.Write("app-1", Line);

        var found = await EventLogFinder.FindAsync(path, default);

        Assert.Equivalent(new FoundLogs([new EventLog { Path = path, Files = [path] }], []), found, strict: true);
    }

    [LogTheory]
    [InlineData("3.5.3/crashed")]
    [InlineData("3.5.3/crashed-zstd")]
    [InlineData("4.3.0/crashed-lz4")]
    [InlineData("4.3.0/crashed-defaults")]
    public async Task A_log_that_was_never_completed_is_in_progress(string workload)
    {
        var log = Assert.Single((await EventLogFinder.FindAsync(TestLogs.Workload(workload), default)).Logs);

        Assert.True(log.InProgress);
    }

    [LogTheory]
    [InlineData("sql-aqe-zstd")]
    [InlineData("sql-aqe-lz4")]
    [InlineData("sql-aqe-snappy")]
    [InlineData("sql-aqe-lzf")]
    public async Task The_codec_is_told_by_the_first_bytes_not_by_the_name(string workload)
    {
        var path = folder.Write("app-1.txt", await File.ReadAllBytesAsync(TestLogs.Workload("3.5.3/" + workload)));

        Assert.Single((await EventLogFinder.FindAsync(path, default)).Logs);
    }

    [Fact]
    public async Task A_rolling_folders_files_are_in_numeric_order()
    {
        var files = new[] { 9, 10, 11, 100 }.Select(n => folder.Write($"eventlog_v2_a/events_{n}_a.zstd", Line)).ToArray();
        folder.Write("eventlog_v2_a/appstatus_a.inprogress", []);
        folder.Write("eventlog_v2_a/.appstatus_a.crc", []);
        folder.Write("eventlog_v2_a/events_10_a.zstd.crc", []);
        folder.Write("eventlog_v2_a/events_x", Line);
        var path = Path.Combine(folder.Path, "eventlog_v2_a");

        var found = await EventLogFinder.FindAsync(path, default);

        Assert.Equivalent(
            new FoundLogs([new EventLog { Path = path, Folder = path, Files = files, InProgress = true }], []), found, strict: true);
    }

    [Fact]
    public async Task A_compacted_file_replaces_all_up_to_its_number()
    {
        folder.Write("eventlog_v2_a/events_1_a.compact", Line);
        folder.Write("eventlog_v2_a/events_2_a", Line);
        folder.Write("eventlog_v2_a/events_3_a", Line);
        var compacted = folder.Write("eventlog_v2_a/events_3_a.compact", Line);
        var last = folder.Write("eventlog_v2_a/events_4_a", Line);
        folder.Write("eventlog_v2_a/appstatus_a", []);

        var log = Assert.Single((await EventLogFinder.FindAsync(Path.Combine(folder.Path, "eventlog_v2_a"), default)).Logs);

        Assert.Equal([compacted, last], log.Files);
        Assert.True(log.CompactedAway);
        Assert.False(log.InProgress);
    }

    [Fact]
    public async Task A_directory_gives_its_applications_and_says_what_it_skips()
    {
        folder.Write("app-2", Line);
        folder.Write("app-1.inprogress", []);
        folder.Write("eventlog_v2_b/events_1_b", Line);
        folder.Write("eventlog_v2_c/appstatus_c", []);
        folder.Write("readme.json", "{\"a\":1}"u8);
        folder.Write("zero", []);
        folder.Write(".hidden", Line);
        folder.Write("app-2.crc", Line);
        Directory.CreateDirectory(Path.Combine(folder.Path, "other"));

        var found = await EventLogFinder.FindAsync(folder.Path, default);

        Assert.Equal(["app-1.inprogress", "app-2", "eventlog_v2_b"], found.Logs.Select(l => Path.GetFileName(l.Path)));
        Assert.Equal(
            [
                "eventlog_v2_c is a rolling event log without events_… files",
                "readme.json is not a Spark event log",
                "zero is empty",
            ],
            found.Skipped.Select(s => s[(folder.Path.Length + 1)..]));
    }

    [Fact]
    public async Task Without_a_log_the_error_says_what_is_there()
    {
        var empty = folder.Write("empty", []);
        var other = folder.Write("other.txt", "hello\n"u8);
        var cut = folder.Write("cut", [0x28, 0xB5, 0x2F, 0xFD, 4]);
        var directory = Path.Combine(folder.Path, "none");
        Directory.CreateDirectory(directory);
        folder.Write("eventlog_v2_c/appstatus_c", []);
        var rolling = Path.Combine(folder.Path, "eventlog_v2_c");

        Assert.Equal($"{empty} is empty", await ErrorAsync(empty));
        Assert.Equal($"{other} is not a Spark event log", await ErrorAsync(other));
        Assert.Equal($"{cut} is damaged from its first block on: nothing in it can be read", await ErrorAsync(cut));
        Assert.Equal($"{folder.Path}/missing: no such file or directory", await ErrorAsync($"{folder.Path}/missing"));
        Assert.Equal($"{directory} holds no event logs", await ErrorAsync(directory));
        Assert.Equal($"{rolling} is a rolling event log without events_… files", await ErrorAsync(rolling));
        Assert.Equal(
            $"{folder.Path} holds no event logs, only 4 other files (the first: {cut} is damaged from its first block on: nothing in it can be read)",
            await ErrorAsync(folder.Path));
    }

    private static async Task<string> ErrorAsync(string path) =>
        (await Assert.ThrowsAsync<EventLogException>(() => EventLogFinder.FindAsync(path, default))).Message;
}
