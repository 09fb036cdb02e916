using System.Diagnostics.Metrics;
using Serilog.Events;
using SparkObs.Spark.Logging;
using SparkObs.Spark.Tests.Export;

namespace SparkObs.Spark.Tests.Logging;

/// <summary>The instruments count all logs of the process: nothing else may run meanwhile.</summary>
[Collection(nameof(ExportMetricsTests))]
public sealed class LogMetricsTests
{
    [Fact]
    public void Every_line_is_counted_once_as_the_document_says()
    {
        var measured = new SortedDictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name.StartsWith("sparkobs.log.", StringComparison.Ordinal))
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var name = $"{instrument.Name} {instrument.Unit}";
            foreach (var tag in tags)
                name += $" {tag.Key}={tag.Value}";
            lock (measured)
                measured[name] = measured.GetValueOrDefault(name) + value;
        });
        listener.Start();
        using (var queue = new LogQueue(new LineOutput(new Nowhere(), LogEvents.Resource(), new LogTally("test", static _ => { }), TimeProvider.System), TimeSpan.FromHours(1), TimeSpan.FromMinutes(1)))
        {
            var sampler = new LogSampler(0, 0, LogEvents.Resource());
            foreach (var e in new[] { LogEvents.Of(LogEventLevel.Information, "left out"), LogEvents.Of(LogEventLevel.Warning, "a"), LogEvents.Of(LogEventLevel.Error, "b") }.Where(sampler.IsEnabled))
                queue.TryAdd(e);
            queue.Dispose();
            queue.TryAdd(LogEvents.Of(LogEventLevel.Error, "late"));
        }
        const string lines = "sparkobs.log.lines {line} sparkobs.log.outcome=";
        Assert.Equal(
            new SortedDictionary<string, long>(StringComparer.Ordinal)
            {
                [lines + "dropped sparkobs.log.output=test error.type=closed"] = 1,
                [lines + "sampled_out"] = 1,
                [lines + "written sparkobs.log.output=test"] = 2,
            },
            measured);
        Assert.Contains(
            File.ReadLines(Repository.PathOf("docs", "telemetry.md")),
            line => line.StartsWith("| `sparkobs.log.lines` | counter | {line} |", StringComparison.Ordinal));
    }

    private sealed class Nowhere : ILineTarget
    {
        public string Display => "nowhere";

        public int Write(ReadOnlySpan<byte> lines) => lines.Length;

        public void Dispose()
        {
        }
    }
}
