using Serilog.Events;
using SparkObs.Spark.Logging;

namespace SparkObs.Spark.Tests.Logging;

public class LogQueueTests
{
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly LogEvent Information = LogEvents.Of(LogEventLevel.Information, "i");
    private static readonly LogEvent Warning = LogEvents.Of(LogEventLevel.Warning, "w");

    [Fact]
    public void What_finds_no_place_is_counted_and_told_and_the_rest_is_written()
    {
        var output = new HeldOutput();
        long accepted = 0, refused = 0;
        using (var queue = new LogQueue(output, Linger, Patience))
        {
            for (var i = 0; i < 3 * LogQueue.Capacity; i++)
                _ = queue.TryAdd(Information) ? accepted++ : refused++;
            // What is left is for them.
            for (var i = 0; i < LogQueue.Capacity; i++)
                _ = queue.TryAdd(Warning) ? accepted++ : refused++;
            Assert.False(queue.TryAdd(Warning));
            output.Open();
        }
        Assert.Equal(accepted, output.Written.Count);
        Assert.Equal(LogQueue.Capacity / 8, output.Written.Count(e => e == Warning));
        Assert.Equal(refused + 1, output.Tally.Dropped);
        Assert.Equal(4 * LogQueue.Capacity, accepted + refused);
        Assert.Equal(refused + 1, output.Notices.Sum(notice => long.Parse(notice.Split(' ')[0])));
    }

    [Fact]
    public void Events_stay_in_order()
    {
        var output = new HeldOutput();
        output.Open();
        LogEvent[] events = [.. Enumerable.Range(0, 20_000).Select(i => LogEvents.Of(LogEventLevel.Warning, "x", ("I", i)))];
        using (var queue = new LogQueue(output, Linger, Patience))
        {
            foreach (var e in events)
                SpinWait.SpinUntil(() => queue.TryAdd(e));
        }
        Assert.Equal(events, output.Written);
    }

    [Fact]
    public void A_flush_waits_for_what_was_accepted_but_not_for_ever()
    {
        var output = new HeldOutput();
        using var queue = new LogQueue(output, TimeSpan.FromHours(1), Patience);
        queue.TryAdd(Information);
        Assert.False(queue.Flush(TimeSpan.FromMilliseconds(50)));
        output.Open();
        Assert.True(queue.Flush(Patience));
        Assert.Equal([Information], output.Written);
    }

    [Fact]
    public void Near_the_end_who_logs_waits_until_it_is_written()
    {
        var output = new HeldOutput();
        output.Open();
        using var queue = new LogQueue(output, TimeSpan.FromHours(1), Patience);
        queue.TryAdd(Information);
        queue.WriteThrough();
        for (var i = 0; i < 2 * LogQueue.Capacity; i++)
        {
            Assert.True(queue.TryAdd(Warning));
            Assert.Equal(i + 2, output.Written.Count);
        }
    }

    [Fact]
    public void A_closed_queue_takes_nothing_and_counts_it()
    {
        var output = new HeldOutput();
        output.Open();
        var queue = new LogQueue(output, Linger, Patience);
        Assert.True(queue.TryAdd(Information));
        queue.Dispose();
        Assert.False(queue.TryAdd(Information));
        Assert.Equal((1, 1), (output.Tally.Written, output.Tally.Dropped));
        queue.Dispose();
    }

    [Fact]
    public void A_fault_of_an_output_ends_nothing()
    {
        var output = new FaultyOutput();
        using (var queue = new LogQueue(output, Linger, Patience))
        {
            queue.TryAdd(Information);
            queue.Flush(Patience);
            queue.TryAdd(Warning);
        }
        Assert.Equal((1, 1), (output.Tally.Written, output.Tally.Dropped));
    }

    private sealed class FaultyOutput : ILogOutput
    {
        private bool failed;

        public LogTally Tally { get; } = new("test", static _ => throw new InvalidOperationException("a user's own fault"));

        public void Write(ReadOnlySpan<LogEvent> events)
        {
            if (!failed)
            {
                failed = true;
                throw new InvalidOperationException("ours");
            }
            Tally.AddWritten(events.Length);
        }

        public void Abandon()
        {
        }

        public void Dispose()
        {
        }
    }
}
