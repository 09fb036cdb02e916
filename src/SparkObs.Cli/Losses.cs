using SparkObs.Cli.Tree;
using SparkObs.Spark.Bridge;

namespace SparkObs.Cli;

/// <summary>Something that is not in the trace.</summary>
/// <param name="What">Its kind in the singular: <c>task event</c>.</param>
/// <param name="Why">As it goes on from the count: <c>dropped by Spark's bus</c>.</param>
/// <param name="Remedy">What to do so that it does not happen again.</param>
internal sealed record Loss(string What, long Count, string Why, string Remedy);

/// <summary>The ledger's losses in words.</summary>
internal static class Losses
{
    private const string MoreMemory = "a larger spark.sparkobs.buffer.bytes or spark.sparkobs.spool.bytes, or a faster collector";

    /// <summary>Of an application's events; those without a loss are left out.</summary>
    public static IReadOnlyList<Loss> Of(EventLedger events) => Real(
    [
        new("event", events.BusDropped, "dropped by Spark's own bus", "a larger spark.scheduler.listenerbus.eventqueue.capacity"),
        new("event", events.Failed, "could not be encoded", "the driver's log says at SparkObs which; please report it"),
        new("task event", events.DroppedTasks, "dropped by the driver's full buffer", MoreMemory),
        new("detail event", events.DroppedDetails, "dropped by the driver's full buffer", MoreMemory),
        new("structure event", events.DroppedStructure, "dropped by the driver's full buffer", MoreMemory),
        new("event", events.Unreadable, "could not be read", "plugin and bridge of the same version"),
        new("event", events.TooLong, "longer than 8 MiB", "please report it: the plugin should have cut it"),
        new("event", events.LostWithBridge, "lost with a bridge that was killed", "a bridge with a journal keeps what it took over"),
        new("event", events.LostWithDriver, "lost with the driver", "what its spool still has is read by sparkobs listen --spool-dir, or sparkobs replay"),
    ]);

    /// <summary>Of a bridge's spans; what was left out by choice is no loss, nor what is kept on disk.</summary>
    public static IReadOnlyList<Loss> Of(SpanLedger spans) => Real(
    [
        new("span", spans.Refused, "refused by the collector", "its reason is above; its limits or its credentials"),
        new("span", spans.Queued - spans.Kept, "not delivered in time", "a longer --flush-timeout, or a faster collector"),
        new("span", spans.Abandoned, "given up", "the reason is above"),
    ]);

    /// <summary>Lines for people: how many of what, why, and what to do, in columns.</summary>
    public static IEnumerable<string> Table(IReadOnlyCollection<Loss> losses)
    {
        var rows = losses.Select(loss => (Count: Human.Count(loss.Count, loss.What), loss.Why, loss.Remedy)).ToList();
        var counts = rows.Max(row => row.Count.Length);
        var reasons = rows.Max(row => row.Why.Length);
        return rows.Select(row => $"  {row.Count.PadRight(counts)}  {row.Why.PadRight(reasons)}  {row.Remedy}");
    }

    private static List<Loss> Real(IEnumerable<Loss> all) => [.. all.Where(loss => loss.Count > 0)];
}
