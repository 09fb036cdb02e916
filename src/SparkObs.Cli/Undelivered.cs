using SparkObs.Cli.Tree;
using SparkObs.Spark.Export;

namespace SparkObs.Cli;

/// <summary>What is said at the end of spans that the collector has not taken.</summary>
internal static class Undelivered
{
    /// <summary>Such as <c>, 12 not delivered</c>; empty when there are none.</summary>
    public static string Text(ExportCounts counts, OtlpOptions collector) =>
        (counts.QueuedInMemory > 0 ? $", {Human.Count(counts.QueuedInMemory)} not delivered" : "")
        + (counts.QueuedOnDisk > 0 ? $", {Human.Count(counts.QueuedOnDisk)} kept in {collector.QueueDirectory} for the next start" : "");
}
