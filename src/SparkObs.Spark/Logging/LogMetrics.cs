using System.Diagnostics.Metrics;
using SparkObs.Spark.Export;

namespace SparkObs.Spark.Logging;

/// <summary>The instruments of logs, of all loggers of this process: docs/telemetry.md has their meaning.</summary>
internal static class LogMetrics
{
    public const string OutcomeKey = "sparkobs.log.outcome";
    public const string OutputKey = "sparkobs.log.output";

    private static readonly Meter Meter = new(OtlpScope.Name, OtlpScope.Version);

    private static readonly Counter<long> Lines = Meter.CreateCounter<long>("sparkobs.log.lines", "{line}", "Log lines, by what became of them.");

    private static readonly KeyValuePair<string, object?> Left = new(OutcomeKey, "sampled_out");
    private static readonly KeyValuePair<string, object?> WrittenTo = new(OutcomeKey, "written");
    private static readonly KeyValuePair<string, object?> DroppedFrom = new(OutcomeKey, "dropped");

    public static void SampledOut() => Lines.Add(1, Left);

    public static void Written(long lines, string output) => Lines.Add(lines, WrittenTo, new(OutputKey, output));

    public static void Dropped(long lines, string output, string reason) => Lines.Add(lines, DroppedFrom, new(OutputKey, output), new(ExportMetrics.ErrorKey, reason));
}
