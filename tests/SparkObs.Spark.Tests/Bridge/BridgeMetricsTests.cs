using System.Diagnostics.Metrics;
using System.Globalization;
using SparkObs.Spark.Bridge;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>The bridge's own metrics: docs/telemetry.md lists them, and their sums are the ledger's.</summary>
public sealed class BridgeMetricsTests
{
    private const string Header = "| metric | kind | unit | by | meaning |";

    [Fact]
    public async Task Instruments_are_those_that_are_documented()
    {
        await using var bridge = new TestBridge();
        var rows = File.ReadAllLines(Repository.PathOf("docs", "telemetry.md")).SkipWhile(line => line != Header).Skip(2).TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Trim('|', ' ').Split(" | ").Select(cell => cell.Trim()).ToArray())
            .Where(row => row[0].StartsWith("`sparkobs.bridge.", StringComparison.Ordinal))
            .Select(row => (row[0].Trim('`'), row[1], row[2].Trim('`'), row[3].Trim('`')));

        var instruments = Observe(bridge).Select(seen => (
            seen.Key.Name,
            seen.Key is ObservableCounter<long> ? "counter" : "gauge",
            seen.Key.Unit ?? "-",
            string.Join(", ", seen.Value.SelectMany(one => one.Tags.Select(tag => tag.Key)).Distinct().DefaultIfEmpty("-"))));

        Assert.Equal(rows.Order(), instruments.Order());
    }

    [Fact]
    public async Task Values_are_the_ledgers()
    {
        await using var bridge = new TestBridge();
        var driver = new LedgerDriver();
        driver.Post(20);
        driver.Ignored = 2;
        driver.BusDropped = 1;
        driver.BusQueued = 3;
        driver.Offer(9);
        driver.Drop(0, 3);
        driver.Drop(1, 1);
        driver.DropCalls(4);
        driver.Offer(1, LedgerDriver.Unreadable);
        driver.Heartbeat();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendAsync(driver.LinesFrom(1));
        await client.WaitForAcknowledgementAsync(driver.Last);
        await client.SendAsync("no number\n");
        var (refused, again) = (await BridgeClient.ConnectAsync(bridge.Server.Endpoint), (await BridgeClient.AcceptedAsync(bridge, "s")).Client);
        await refused.SendAsync(BridgeClient.Hello("t", token: "wrong"));
        await refused.ReadLineAsync();
        await again.SendAsync(driver.LinesFrom(1, 5));
        await TestBridge.UntilAsync(() => bridge.SessionOf("s").ReadLedger() is { Duplicates: 5, Unnumbered: 1 } && bridge.Server.OpenConnections == 1);
        bridge.Time.Advance(TimeSpan.FromSeconds(31));

        var values = Observe(bridge).SelectMany(seen => seen.Value.Select(one => (Name: seen.Key.Name["sparkobs.bridge.".Length..] + Text(one.Tags), one.Value)))
            .Where(one => one.Value != 0 && one.Name is not ("received" or "lag" or "outbox.events memory")).Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Name} {one.Value}"));

        Assert.Equal(
            [
                "applications 1", "calls.dropped 4", "connections 1", "connections.accepted 2", "connections.refused token 1", "connections.resumed 1",
                "drivers.silence 31", "drivers.silences 1", "drivers.silent 1",
                "events bus_dropped 1", "events delivered 9", "events dropped_detail 1", "events dropped_task 3", "events ignored 2", "events posted 20", "events unreadable 1",
                "events.pending bus_queued 3",
                "lines event 9", "lines own 1", "lines repeated 5", "lines unnumbered 1", "lines unreadable 1",
            ],
            values.Order(StringComparer.Ordinal));
        client.Dispose();
        refused.Dispose();
        again.Dispose();
    }

    [LogFact]
    public async Task Spans_are_all_in_one_term()
    {
        await using var bridge = new TestBridge();
        var lines = TestLogs.Lines("3.5.3/failures");
        foreach (var name in new[] { "a", "b" })
        {
            var (client, _) = await BridgeClient.AcceptedAsync(bridge, name);
            await client.SendLinesAsync(lines);
            await client.WaitForAcknowledgementAsync(lines.Count);
            client.Dispose();
            await bridge.ClosedAsync(name);
        }

        var ledger = SpanLedger.Of(bridge.Server.ReadFigures().Spans, sink: null);

        var made = bridge.SinkOf("a").Spans.Count + bridge.SinkOf("b").Spans.Count;
        Assert.Equal(new SpanLedger { Built = made + ledger.LeftOut, Exported = made, LeftOut = ledger.LeftOut }, ledger);
        Assert.Equal(0, ledger.Difference);
    }

    private static string Text(IEnumerable<KeyValuePair<string, object?>> tags) => string.Concat(tags.Select(tag => " " + tag.Value));

    private static Dictionary<Instrument, List<(double Value, KeyValuePair<string, object?>[] Tags)>> Observe(TestBridge bridge)
    {
        var seen = new Dictionary<Instrument, List<(double, KeyValuePair<string, object?>[])>>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter == bridge.Server.Metrics.Meter)
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (!seen.TryGetValue(instrument, out var values))
                seen.Add(instrument, values = []);
            values.Add((value, tags.ToArray()));
        }
    }
}
