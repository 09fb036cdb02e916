using System.Diagnostics;
using SparkObs.Spark.Events;

namespace SparkObs.Benchmarks;

/// <summary><c>read FILE</c>: reading alone, from disk to events, on one thread. On a busy machine the CPU time is the figure to compare.</summary>
internal static class ReadCommand
{
    public static async Task<int> RunAsync(string path)
    {
        try
        {
            foreach (var log in (await EventLogFinder.FindAsync(path, default)).Logs)
                await ReadAsync(log);
            return 0;
        }
        catch (EventLogException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static async Task ReadAsync(Spark.Events.EventLog log)
    {
        var reader = new EventLogReader(log);
        var counter = new Counter();
        var allocated = GC.GetTotalAllocatedBytes();
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        await reader.ReadAsync(counter, default);
        var seconds = clock.Elapsed.TotalSeconds;
        var cpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        Console.WriteLine(
            $"{log.Path}: {reader.Lines} lines, {counter.Events} events, {counter.Tasks} tasks, {reader.UnreadableLines} unreadable, "
            + $"{reader.TextBytes / 1e6:F1} MB of text in {seconds:F3} s ({cpuSeconds:F3} s of CPU): {reader.TextBytes / 1e6 / seconds:F0} MB/s "
            + $"({reader.TextBytes / 1e6 / cpuSeconds:F0} by CPU), {counter.Tasks / seconds:F0} tasks/s, {(GC.GetTotalAllocatedBytes() - allocated) / 1e6:F1} MB allocated, "
            + $"{Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} MB peak");
        if (reader.Truncated is { } truncated)
            Console.WriteLine(truncated);
    }

    private sealed class Counter : IEventHandler
    {
        public long Events { get; private set; }
        public long Tasks { get; private set; }

        public void OnEvent(SparkEvent e)
        {
            Events++;
            if (e is TaskEnd)
                Tasks++;
        }

        public void OnUnreadable(long line, string problem) => Console.WriteLine($"{line}: {problem}");

        public ValueTask OnPauseAsync(CancellationToken cancellationToken) => default;
    }
}
