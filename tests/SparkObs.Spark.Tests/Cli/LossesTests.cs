using SparkObs.Cli;
using SparkObs.Spark.Bridge;

namespace SparkObs.Spark.Tests.Cli;

/// <summary>What is said of what is lost.</summary>
public sealed class LossesTests
{
    [Fact]
    public void Table_says_how_many_of_what_and_why_and_what_to_do()
    {
        var losses = Losses.Of(new EventLedger { Posted = 20_000, Delivered = 1, DroppedTasks = 12_345, BusDropped = 1, LostWithDriver = 7, Ignored = 9, BusQueued = 3, InSpool = 4 });

        Assert.Equal(
            [
                "  1 event             dropped by Spark's own bus           a larger spark.scheduler.listenerbus.eventqueue.capacity",
                "  12,345 task events  dropped by the driver's full buffer  a larger spark.sparkobs.buffer.bytes or spark.sparkobs.spool.bytes, or a faster collector",
                "  7 events            lost with the driver                 what its spool still has is read by sparkobs listen --spool-dir, or sparkobs replay",
            ],
            Losses.Table(losses));
    }

    [Fact]
    public void What_was_left_out_by_choice_or_is_kept_on_disk_is_no_loss() =>
        Assert.Equal([], Losses.Of(new SpanLedger { Built = 13, Exported = 6, LeftOut = 4, Queued = 3, Kept = 3 }));
}
