using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace SparkObs.Spark.Export;

/// <summary>
/// The export's instruments, of all sinks of this process: docs/telemetry.md has their meaning. One measurement a request, none a
/// span.
/// </summary>
internal static class ExportMetrics
{
    /// <summary>The name to collect by.</summary>
    public const string MeterName = OtlpScope.Name;

    public const string OutcomeKey = "sparkobs.export.outcome";
    public const string PlaceKey = "sparkobs.export.queue.place";
    public const string ErrorKey = "error.type";

    private static readonly Meter Meter = new(MeterName, OtlpScope.Version);

    private static readonly Counter<long> Spans = Meter.CreateCounter<long>(
        "sparkobs.export.spans", "{span}", "Spans that the collector confirmed or refused for good, or that a TracerProvider was given.");

    private static readonly Counter<long> Requests = Meter.CreateCounter<long>(
        "sparkobs.export.requests", "{request}", "Requests sent to the collector, each try counted.");

    private static readonly Counter<long> Retries = Meter.CreateCounter<long>(
        "sparkobs.export.retries", "{request}", "Requests that have to be sent again.");

    /// <summary>The buckets are those that OpenTelemetry's conventions advise for seconds, and one for a collector that hangs. .NET 8 cannot be told.</summary>
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "sparkobs.export.duration", "s", "How long the collector took to answer a request."
#if NET9_0_OR_GREATER
        , tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30] }
#endif
        );

    /// <summary>The sinks that are open.</summary>
    private static readonly ConcurrentDictionary<OtlpSink, bool> Sinks = new();

    private static readonly KeyValuePair<string, object?> Memory = new(PlaceKey, "memory");
    private static readonly KeyValuePair<string, object?> Disk = new(PlaceKey, "disk");
    private static readonly KeyValuePair<string, object?> Exported = new(OutcomeKey, "exported");
    private static readonly KeyValuePair<string, object?> Refused = new(OutcomeKey, "refused");
    private static readonly KeyValuePair<string, object?> ToProvider = new(OutcomeKey, "handed_over");
    private static readonly KeyValuePair<string, object?> Unsampled = new(OutcomeKey, "unsampled");

    private static readonly KeyValuePair<string, object?>[] Outcomes =
        [new(OutcomeKey, "delivered"), new(OutcomeKey, "retry"), new(OutcomeKey, "too_large"), new(OutcomeKey, "rejected")];

    static ExportMetrics()
    {
        Meter.CreateObservableUpDownCounter("sparkobs.export.queue.spans", QueuedSpans, "{span}", "Spans that wait for the collector.");
        Meter.CreateObservableUpDownCounter("sparkobs.export.queue.bytes", QueuedBytes, "By", "Encoded bytes that wait for the collector.");
    }

    public static void Add(OtlpSink sink) => Sinks.TryAdd(sink, true);

    public static void Remove(OtlpSink sink) => Sinks.TryRemove(sink, out _);

    public static void Request(in ExportResult result, TimeSpan took)
    {
        var outcome = Outcomes[(int)result.Outcome];
        if (result.Outcome == ExportOutcome.Delivered)
            Requests.Add(1, outcome);
        else
            Requests.Add(1, outcome, new(ErrorKey, result.Reason));
        if (result.Outcome == ExportOutcome.Retry)
            Retries.Add(1, new KeyValuePair<string, object?>(ErrorKey, result.Reason));
        Duration.Record(took.TotalSeconds, outcome);
    }

    public static void Settled(long exported, long refused, string reason)
    {
        if (exported > 0)
            Spans.Add(exported, Exported);
        if (refused > 0)
            Spans.Add(refused, Refused, new(ErrorKey, reason));
    }

    /// <summary>To a TracerProvider, whose exporters have them now, or whose sampler left them out.</summary>
    public static void HandedOver(long spans, long unsampled)
    {
        if (spans > 0)
            Spans.Add(spans, ToProvider);
        if (unsampled > 0)
            Spans.Add(unsampled, Unsampled);
    }

    private static Measurement<long>[] QueuedSpans()
    {
        long memory = 0, disk = 0;
        foreach (var sink in Sinks.Keys)
        {
            var counts = sink.Counts;
            memory += counts.QueuedInMemory;
            disk += counts.QueuedOnDisk;
        }
        return [new(memory, Memory), new(disk, Disk)];
    }

    private static Measurement<long>[] QueuedBytes()
    {
        long memory = 0, disk = 0;
        foreach (var sink in Sinks.Keys)
        {
            var (inMemory, onDisk) = sink.QueuedBytes;
            memory += inMemory;
            disk += onDisk;
        }
        return [new(memory, Memory), new(disk, Disk)];
    }
}
