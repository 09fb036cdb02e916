using System.Diagnostics.Metrics;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Events;

namespace SparkObs.Spark.Tests.Export;

[CollectionDefinition(nameof(ExportMetricsTests), DisableParallelization = true)]
public class OneProcessHasOneMeter;

/// <summary>The instruments count all sinks of the process: nothing else may run meanwhile.</summary>
[Collection(nameof(ExportMetricsTests))]
public sealed class ExportMetricsTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly MeterListener listener = new();
    private readonly SortedDictionary<string, double> measured = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string?> units = new(StringComparer.Ordinal);

    public ExportMetricsTests()
    {
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name != ExportMetrics.MeterName || !instrument.Name.StartsWith("sparkobs.export.", StringComparison.Ordinal))
                return;
            units[instrument.Name] = instrument.Unit;
            l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Measure(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Measure(instrument, 1, tags));
        listener.Start();
    }

    public void Dispose()
    {
        listener.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Every_request_and_span_is_measured_once()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        var down = true;
        collector.Answer = (request, n) =>
            down ? new Answer { Http = 503 }
            : request.Ids.Contains("0000000000000001") ? new Answer { Http = 400 }
            : Answer.Ok;
        var sink = new OtlpSink(
            new OtlpOptions
            {
                Protocol = OtlpProtocol.HttpProtobuf,
                Endpoint = collector.Endpoint,
                GiveUpAfter = Timeout.InfiniteTimeSpan,
                QueueDirectory = Path.Combine(folder.Path, "queue"),
                Senders = 1,
            },
            time: new SkippingTime());
        await sink.WriteAsync(Batches.Small(10), default);
        await sink.WriteAsync(Batches.Small(20, 11), default);
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (sink.Counts.QueuedOnDisk < 30)
            await Task.Delay(5, late.Token);
        listener.RecordObservableInstruments();
        var (bytes, waiting) = (sink.QueuedBytes, Queue());
        down = false;
        await sink.FlushAsync(default);
        var retries = sink.Counts.Retries;
        listener.RecordObservableInstruments();
        var empty = Queue();
        await sink.DisposeAsync();

        Assert.Equal([("bytes disk", bytes.Disk), ("bytes memory", 0), ("spans disk", 30), ("spans memory", 0)], waiting);
        Assert.All(empty, queue => Assert.Equal(0, queue.Value));
        Assert.Equal(
            new SortedDictionary<string, double>(StringComparer.Ordinal)
            {
                ["sparkobs.export.duration delivered"] = 1,
                ["sparkobs.export.duration rejected"] = 1,
                ["sparkobs.export.duration retry"] = retries,
                ["sparkobs.export.requests delivered"] = 1,
                ["sparkobs.export.requests rejected HTTP 400"] = 1,
                ["sparkobs.export.requests retry HTTP 503"] = retries,
                ["sparkobs.export.retries HTTP 503"] = retries,
                ["sparkobs.export.spans exported"] = 20,
                ["sparkobs.export.spans refused HTTP 400"] = 10,
            },
            measured);
        Assert.Equal(
            [
                ("sparkobs.export.duration", "s"), ("sparkobs.export.queue.bytes", "By"), ("sparkobs.export.queue.spans", "{span}"),
                ("sparkobs.export.requests", "{request}"), ("sparkobs.export.retries", "{request}"), ("sparkobs.export.spans", "{span}"),
            ],
            units.Select(u => (u.Key, u.Value!)));
    }

    [Fact]
    public void Instruments_are_those_of_the_document() =>
        Assert.Equal(
            units.Keys,
            File.ReadLines(Repository.PathOf("docs", "telemetry.md")).Where(line => line.StartsWith("| `sparkobs.export.", StringComparison.Ordinal)
                && line.Split('|') is { Length: 6 } cells && cells[3].Trim() == units.GetValueOrDefault(cells[1].Trim(' ', '`')))
                .Select(line => line.Split('`')[1]).Order(StringComparer.Ordinal));

    private List<(string, double Value)> Queue()
    {
        const string Prefix = "sparkobs.export.queue.";
        lock (measured)
        {
            var queue = measured.Where(m => m.Key.StartsWith(Prefix, StringComparison.Ordinal)).Select(m => (m.Key[Prefix.Length..], m.Value)).ToList();
            foreach (var (name, _) in queue)
                measured.Remove(Prefix + name);
            return queue;
        }
    }

    private void Measure(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = instrument.Name;
        foreach (var tag in tags)
            name += $" {tag.Value}";
        lock (measured)
            measured[name] = measured.GetValueOrDefault(name) + value;
    }
}
