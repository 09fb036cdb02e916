using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Bridge;

/// <summary>What became of the spans of one application, or the sum of several, up to the sink.</summary>
/// <param name="Made">Spans that were written, each for a sink; without those that a bridge before this one has settled.</param>
/// <param name="Waiting">Of these not yet taken by the sink.</param>
/// <param name="Abandoned">Of these never taken: the sink failed, or the bridge was stopped.</param>
/// <param name="Ordinary">Left out: ordinary tasks of large stages.</param>
/// <param name="StageLimit">Left out: notable tasks beyond the limit of one stage.</param>
/// <param name="TraceLimit">Left out: tasks beyond the limit of one trace.</param>
/// <param name="Unsampled">Left out: below a caller that is not sampled.</param>
internal readonly record struct SpanCounts(
    long Made, long Waiting, long Abandoned, long Ordinary, long StageLimit, long TraceLimit, long Unsampled)
{
    public long LeftOut => Ordinary + StageLimit + TraceLimit + Unsampled;

    public static SpanCounts Of(TraceCounters counters, long settledBefore, long waiting, long abandoned) => new(
        counters.Spans - settledBefore, waiting, abandoned, counters.TasksOrdinary, counters.TasksStageLimit, counters.TasksTraceLimit, counters.Unsampled);

    public static SpanCounts operator +(SpanCounts a, SpanCounts b) => new(
        a.Made + b.Made, a.Waiting + b.Waiting, a.Abandoned + b.Abandoned,
        a.Ordinary + b.Ordinary, a.StageLimit + b.StageLimit, a.TraceLimit + b.TraceLimit, a.Unsampled + b.Unsampled);
}

/// <summary>What became of a bridge's spans: the second of the ledger's equations. For a bridge, not an application: they share the sink.</summary>
internal sealed record SpanLedger
{
    /// <summary>All that the builder came to, those left out included.</summary>
    public long Built { get; init; }

    /// <summary>Left in the queue on disk by an earlier process.</summary>
    public long TakenOver { get; init; }

    /// <summary>Confirmed by the collector; written, where the sink is a file.</summary>
    public long Exported { get; init; }

    /// <summary>Not selected, or not sampled.</summary>
    public long LeftOut { get; init; }

    /// <summary>Refused by the collector for good.</summary>
    public long Refused { get; init; }

    /// <summary>On the way: between builder and sink, and in the sink's queue.</summary>
    public long Queued { get; init; }

    /// <summary>Of the queued ones those on disk: the next process sends them.</summary>
    public long Kept { get; init; }

    /// <summary>Given up: the sink failed, or the bridge was stopped.</summary>
    public long Abandoned { get; init; }

    /// <summary>0 when nothing moves; spans that pass from the builder to the sink meanwhile are counted in neither.</summary>
    public long Difference => Built + TakenOver - (Exported + LeftOut + Refused + Queued + Abandoned);

    /// <param name="spans">Of all applications that write to the sink.</param>
    /// <param name="sink">Null for a sink that has all it took.</param>
    public static SpanLedger Of(SpanCounts spans, ExportCounts? sink) => new()
    {
        Built = spans.Made + spans.LeftOut,
        TakenOver = sink?.TakenOver ?? 0,
        Exported = sink?.Exported ?? spans.Made - spans.Waiting - spans.Abandoned,
        LeftOut = spans.LeftOut,
        Refused = sink?.Refused ?? 0,
        Queued = spans.Waiting + (sink?.Queued ?? 0),
        Kept = sink?.QueuedOnDisk ?? 0,
        Abandoned = spans.Abandoned,
    };
}
