using System.Text;
using SparkObs.Spark.Events;
using ZstdSharp;

namespace SparkObs.Spark.Tests.Events;

public sealed class FollowTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static byte[] Job(int id) => Encoding.UTF8.GetBytes($"{{\"Event\":\"SparkListenerJobEnd\",\"Job ID\":{id},\"Completion Time\":1}}\n");

    [Fact]
    public async Task A_plain_file_is_followed_until_it_is_renamed()
    {
        var path = folder.Write("app.inprogress", []);
        using var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        var (jobs, reading) = await StartAsync(path);

        await WriteAsync(writer, Job(1));
        await jobs.WaitForAsync(1);
        await WriteAsync(writer, Job(2)[..20]);
        await WriteAsync(writer, [.. Job(2)[20..], .. Job(3)]);
        await jobs.WaitForAsync(3);
        File.Move(path, Path.Combine(folder.Path, "app"));
        await WriteAsync(writer, Job(4));

        await reading.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([1, 2, 3, 4], jobs.Ended);
        Assert.Empty(jobs.Problems);
    }

    [Fact]
    public async Task A_zstd_file_is_followed_through_its_codec()
    {
        var path = folder.Write("app.zstd.inprogress", []);
        using var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        var (jobs, reading) = await StartAsync(path);
        using (var zstd = new CompressionStream(writer, leaveOpen: true))
        {
            zstd.Write(Job(1));
            zstd.Flush();
            await writer.FlushAsync();
            await jobs.WaitForAsync(1);
            zstd.Write(Job(2));
            zstd.Flush();
            await writer.FlushAsync();
            await jobs.WaitForAsync(2);
            zstd.Write(Job(3));
        }

        await writer.FlushAsync();
        File.Move(path, Path.Combine(folder.Path, "app.zstd"));

        await reading.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([1, 2, 3], jobs.Ended);
        Assert.Empty(jobs.Problems);
    }

    [Fact]
    public async Task A_rolling_log_is_followed_from_file_to_file()
    {
        var first = folder.Write("eventlog_v2_a/events_1_a", Job(1));
        var status = folder.Write("eventlog_v2_a/appstatus_a.inprogress", []);
        var (jobs, reading) = await StartAsync(Path.GetDirectoryName(first)!);

        await jobs.WaitForAsync(1);
        await File.AppendAllBytesAsync(first, Job(2));
        folder.Write("eventlog_v2_a/events_2_a", Job(3));
        await jobs.WaitForAsync(3);
        folder.Write("eventlog_v2_a/events_3_a", Job(4));
        folder.Write("eventlog_v2_a/events_4_a", Job(5));
        File.Move(status, Path.Combine(Path.GetDirectoryName(first)!, "appstatus_a"));

        await reading.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([1, 2, 3, 4, 5], jobs.Ended);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait()
    {
        var path = folder.Write("app.inprogress", Job(1));
        using var cancel = new CancellationTokenSource();
        var (jobs, reading) = await StartAsync(path, cancel.Token);
        await jobs.WaitForAsync(1);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task A_complete_log_is_not_waited_for()
    {
        var path = folder.Write("app", Job(1));

        var (jobs, reading) = await StartAsync(path);

        await reading.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([1], jobs.Ended);
    }

    private static async Task<(JobCollector Jobs, Task Reading)> StartAsync(string path, CancellationToken cancellationToken = default)
    {
        var log = Assert.Single((await EventLogFinder.FindAsync(path, default)).Logs);
        var jobs = new JobCollector();
        return (jobs, new EventLogReader(log, follow: true).ReadAsync(jobs, cancellationToken));
    }

    private static async Task WriteAsync(FileStream writer, byte[] bytes)
    {
        await writer.WriteAsync(bytes);
        await writer.FlushAsync();
    }
}
