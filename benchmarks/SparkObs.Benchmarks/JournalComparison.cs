using System.Diagnostics;
using System.Globalization;
using System.Text;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Events;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Benchmarks;

/// <summary>
/// What the bridge's journal costs: the lines of a log folded in a session with a journal and in one without, in turn, in one process.
/// </summary>
internal static class JournalComparison
{
    private const int ReadSize = 64 * 1024;

    public static async Task<int> RunAsync(string log, int rounds)
    {
        var lines = Numbered(log);
        var directory = Directory.CreateTempSubdirectory("sparkobs-journal-").FullName;
        var without = new List<double>();
        var with = new List<double>();
        try
        {
            for (var round = -1; round < rounds; round++)
            {
                var memory = await FoldAsync(lines, null).ConfigureAwait(false);
                var disk = await FoldAsync(lines, directory).ConfigureAwait(false);
                if (round < 0)
                    continue;
                without.Add(memory);
                with.Add(disk);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
        var megabytes = lines.Length / 1e6;
        var ratio = Median([.. with.Zip(without, (a, b) => a / b)]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{megabytes:0.0} MB; memory {megabytes / Median(without):0} MB/s, journal {megabytes / Median(with):0} MB/s; ratio of times, median of {rounds}: {ratio:0.00}"));
        return 0;
    }

    private static async Task<double> FoldAsync(byte[] lines, string? directory)
    {
        var hello = new Hello("s", "i", 1, "app", null, null, null);
        await using var sink = new DiscardingSink();
        var options = new BridgeOptions { Token = "t", SinkOf = _ => sink };
        var store = directory is null ? null : JournalStore.Open(directory, JournalOptions.Default, TimeProvider.System, Console.Error.WriteLine);
        var session = new BridgeSession(hello, options, new SpanBatchPool(), static _ => { }, store?.Create(hello), recover: false, tombstone: null, CancellationToken.None);
        using var buffer = new LineBuffer();
        var watch = Stopwatch.StartNew();
        for (var at = 0; at < lines.Length;)
        {
            var free = buffer.Free();
            var count = Math.Min(Math.Min(ReadSize, free.Length), lines.Length - at);
            lines.AsMemory(at, count).CopyTo(free);
            buffer.Added(count);
            at += count;
            session.Fold(buffer, count);
            await session.WaitForRoomAsync(CancellationToken.None).ConfigureAwait(false);
        }
        var seconds = watch.Elapsed.TotalSeconds;
        await session.CompleteAsync(0).ConfigureAwait(false);
        await session.DisposeAsync().ConfigureAwait(false);
        if (store is not null)
            await store.DisposeAsync().ConfigureAwait(false);
        foreach (var left in directory is null ? [] : Directory.GetFileSystemEntries(directory))
        {
            if (Directory.Exists(left))
                Directory.Delete(left, recursive: true);
            else
                File.Delete(left);
        }
        return seconds;
    }

    private static byte[] Numbered(string log)
    {
        using var all = new MemoryStream();
        var number = 0;
        foreach (var line in File.ReadLines(log))
            all.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"SparkObsSeq\":{++number},{line[1..]}\n")));
        return all.ToArray();
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private sealed class DiscardingSink : ISpanSink
    {
        public ValueTask WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
        {
            batch.Return();
            return ValueTask.CompletedTask;
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
