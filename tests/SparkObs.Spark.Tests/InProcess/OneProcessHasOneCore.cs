using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using SparkObs.Spark.Export;

namespace SparkObs.Spark.Tests.InProcess;

/// <summary>Tests of what a process has once, its providers and meters too: nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(OneProcessHasOneCore), DisableParallelization = true)]
public class OneProcessHasOneCore;

/// <summary>Counts what <c>sparkobs.export.spans</c> says of TracerProviders.</summary>
internal sealed class SpanOutcomes : IDisposable
{
    private readonly ConcurrentDictionary<string, long> counts = new();
    private readonly MeterListener listener = new();

    public SpanOutcomes()
    {
        listener.InstrumentPublished = static (instrument, l) =>
        {
            if (instrument.Meter.Name == ExportMetrics.MeterName && instrument.Name == "sparkobs.export.spans")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag.Key == ExportMetrics.OutcomeKey)
                    counts.AddOrUpdate((string)tag.Value!, value, (_, before) => before + value);
            }
        });
        listener.Start();
    }

    public long this[string outcome] => counts.GetValueOrDefault(outcome);

    public void Dispose() => listener.Dispose();
}
