using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using SparkObs.Spark.Export;

namespace SparkObs.Spark.Bridge;

/// <summary>
/// The bridge's own metrics, each an observation of counters that are kept anyway: a line costs nothing more, and without a listener
/// nothing is computed. None has an attribute of an application's: there is no end of applications. docs/telemetry.md lists them; a
/// test compares the two.
/// </summary>
internal sealed class BridgeMetrics : IDisposable
{
    private readonly BridgeServer server;

    public BridgeMetrics(BridgeServer server)
    {
        this.server = server;
        AddConnections();
        AddLines();
        AddJournals();
        AddEvents();
        AddDrivers();
        AddSpans();
    }

    public Meter Meter { get; } = new(ExportMetrics.MeterName, OtlpScope.Version);

    public void Dispose() => Meter.Dispose();

    private void AddConnections()
    {
        Gauge("connections", "{connection}", "Connections that are open.", () => server.OpenConnections);
        Counter("connections.accepted", "{connection}", "Connections that said hello.", () => server.ReadFigures().Lines.Connections);
        Counter("connections.resumed", "{connection}", "Of these, by a driver that had been connected before.", () => server.ReadFigures().Reconnects);
        Counter("connections.refused", "{connection}", "Connections that were refused.", () =>
            Enum.GetValues<Refusal>().Select(refusal => Of(server.Refused(refusal), "reason", Words(refusal))));
        Gauge("applications", "{application}", "Applications that are open.", () => Open().Count());
    }

    private void AddLines()
    {
        Counter("lines", "{line}", "Lines that came, by what they held.", () =>
        {
            var lines = server.ReadFigures().Lines;
            return
            [
                Of(lines.Events, "kind", "event"), Of(lines.Ignored, "kind", "ignored"), Of(lines.Own, "kind", "own"), Of(lines.Unreadable, "kind", "unreadable"),
                Of(lines.TooLong, "kind", "too_long"), Of(lines.Duplicates, "kind", "repeated"), Of(lines.Unnumbered, "kind", "unnumbered"),
            ];
        });
        Counter("received", "By", "Bytes that came.", () => server.ReadFigures().Lines.Bytes);
        Gauge("unacknowledged", "{line}", "Lines that are taken and not acknowledged.", () => server.Sessions.Sum(session => session.ReadUnacknowledged().Lines));
        Seconds("unacknowledged.age", "How long the oldest of them waits.", () => server.Sessions.Select(session => session.ReadUnacknowledged().Age));
        Seconds("lag", "How much later than it happened the last event was taken; of the application where it is most.", () => Running().Select(session => session.Lag));
    }

    private void AddJournals()
    {
        Gauge("journal.size", "By", "Bytes of all journals on disk.", () => server.Journals.Bytes);
        Counter("journal.failures", "{failure}", "How often a session had to go on from memory.", () => server.Journals.Failures);
    }

    private void AddEvents()
    {
        Counter("events", "{event}", "Spark's events, by what became of them.", () =>
        {
            var events = server.ReadFigures().Events;
            return
            [
                Of(events.Posted ?? 0, "term", "posted"), Of(events.Ignored, "term", "ignored"), Of(events.BusDropped, "term", "bus_dropped"), Of(events.Failed, "term", "failed"),
                Of(events.DroppedTasks, "term", "dropped_task"), Of(events.DroppedDetails, "term", "dropped_detail"), Of(events.DroppedStructure, "term", "dropped_structure"),
                Of(events.Unreadable, "term", "unreadable"), Of(events.TooLong, "term", "too_long"),
                Of(events.LostWithBridge, "term", "lost_with_bridge"), Of(events.LostWithDriver, "term", "lost_with_driver"), Of(events.Delivered, "term", "delivered"),
            ];
        });
        Gauge("events.pending", "{event}", "Spark's events that are on their way, as far as it is told.", () =>
        {
            var events = server.ReadFigures().Events;
            return [Of(events.BusQueued, "term", "bus_queued"), Of(events.InMemory, "term", "in_memory"), Of(events.InSpool, "term", "in_spool"), Of(events.Untold, "term", "untold")];
        });
        Counter("calls.dropped", "{line}", "Lines of calls that drivers dropped.", () => server.ReadFigures().CallsDropped);
    }

    private void AddDrivers()
    {
        Gauge("outbox.events", "{event}", "Events that drivers kept when they told last.", () =>
        [
            Of(Heartbeats().Sum(heartbeat => heartbeat.InMemory ?? 0), "place", "memory"), Of(Heartbeats().Sum(heartbeat => heartbeat.InSpool ?? 0), "place", "spool"),
        ]);
        Gauge("outbox.size", "By", "Bytes that drivers kept when they told last.", () =>
        [
            Of(Heartbeats().Sum(heartbeat => heartbeat.MemoryBytes ?? 0), "place", "memory"), Of(Heartbeats().Sum(heartbeat => heartbeat.SpoolBytes ?? 0), "place", "spool"),
        ]);
        Gauge("spools.failing", "{driver}", "Drivers that cannot write their spool.", () => Heartbeats().Count(heartbeat => heartbeat.SpoolError is not null));
        Gauge("drivers.silent", "{driver}", "Drivers of which nothing has come for 30 s.", () => server.Sessions.Count(session => session.ReadSilence().Now));
        Counter("drivers.silences", "{silence}", "How often that was so.", () => server.ReadFigures().Silences);
        Seconds("drivers.silence", "How long nothing has come, not even a heartbeat; of the driver where it is most.", () => server.Sessions.Select(session => session.ReadSilence().Age));
    }

    private void AddSpans()
    {
        Counter("spans.built", "{span}", "Spans, those left out included.", () => server.ReadFigures().Spans is var spans ? spans.Made + spans.LeftOut : 0);
        Counter("spans.left_out", "{span}", "Spans that are left out.", () =>
        {
            var spans = server.ReadFigures().Spans;
            return
            [
                Of(spans.Ordinary, "reason", "ordinary"), Of(spans.StageLimit, "reason", "stage_limit"),
                Of(spans.TraceLimit, "reason", "trace_limit"), Of(spans.Unsampled, "reason", "unsampled"),
            ];
        });
        Counter("spans.abandoned", "{span}", "Spans that the sink did not take: it failed, or the bridge was stopped.", () => server.ReadFigures().Spans.Abandoned);
        Gauge("spans.waiting", "{span}", "Spans that are built and that the sink has not taken.", () => server.ReadFigures().Spans.Waiting);
    }

    private IEnumerable<BridgeSession> Open() => server.Sessions.Where(session => !session.IsClosed);

    private IEnumerable<BridgeSession> Running() => Open().Where(session => !session.HasEnded);

    private IEnumerable<Heartbeat> Heartbeats() => Open().Select(session => session.ReadLedger().Heartbeat).OfType<Heartbeat>();

    private static Measurement<long> Of(long value, string attribute, string text) => new(value, new KeyValuePair<string, object?>(attribute, text));

    private void Counter(string name, string unit, string description, Func<long> read) =>
        Meter.CreateObservableCounter("sparkobs.bridge." + name, read, unit, description);

    private void Counter(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> read) =>
        Meter.CreateObservableCounter("sparkobs.bridge." + name, read, unit, description);

    private void Gauge(string name, string unit, string description, Func<long> read) =>
        Meter.CreateObservableGauge("sparkobs.bridge." + name, read, unit, description);

    private void Gauge(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> read) =>
        Meter.CreateObservableGauge("sparkobs.bridge." + name, read, unit, description);

    /// <summary>The greatest of them, or 0.</summary>
    private void Seconds(string name, string description, Func<IEnumerable<TimeSpan>> read) =>
        Meter.CreateObservableGauge("sparkobs.bridge." + name, () => read().DefaultIfEmpty().Max().TotalSeconds, "s", description);

    /// <summary><c>TooManyWaiting</c> as <c>too_many_waiting</c>.</summary>
    private static string Words(Refusal refusal)
    {
        var words = new StringBuilder();
        foreach (var letter in refusal.ToString())
        {
            if (char.IsUpper(letter) && words.Length > 0)
                words.Append('_');
            words.Append(char.ToLower(letter, CultureInfo.InvariantCulture));
        }
        return words.ToString();
    }
}
