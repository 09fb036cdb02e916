using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>Recorded logs, sent through the socket as a driver sends them, give the spans that their replay gives.</summary>
public sealed class LiveReplayTests
{
    /// <summary>Those that are stored as plain text, one file each.</summary>
    public static TheoryData<string> Workloads { get; } =
    [
        "3.0.3/failures", "3.0.3/rdd-core", "3.0.3/sql-aqe", "3.0.3/streaming",
        "3.3.4/failures", "3.3.4/rdd-core", "3.3.4/sql-aqe",
        "3.4.4/rdd-core", "3.4.4/sql-aqe",
        "3.5.3/dynamic", "3.5.3/failures", "3.5.3/failures-speculation", "3.5.3/many-tasks", "3.5.3/python-udf", "3.5.3/rdd-core",
        "3.5.3/sql-aqe", "3.5.3/sql-aqe-execmetrics-blockupdates", "3.5.3/streaming",
        "4.3.0/connect", "4.3.0/dynamic", "4.3.0/failures", "4.3.0/failures-fetch", "4.3.0/python-udf", "4.3.0/rdd-core",
        "4.3.0/sql-aqe", "4.3.0/sql-aqe-execmetrics-blockupdates", "4.3.0/streaming",
    ];

    [LogTheory]
    [MemberData(nameof(Workloads))]
    public async Task Live_spans_are_those_of_the_replay(string workload)
    {
        await using var bridge = new TestBridge();

        await RunAsync(bridge, workload, workload);

        Assert.Equal(await TestBridge.ReplayAsync(workload), bridge.SinkOf(workload).Texts);
    }

    [LogFact]
    public async Task Applications_at_once_do_not_mix()
    {
        await using var bridge = new TestBridge();
        string[] workloads = ["3.0.3/streaming", "3.3.4/failures", "3.4.4/sql-aqe", "3.5.3/many-tasks", "3.5.3/failures", "4.3.0/connect", "4.3.0/sql-aqe"];

        await Task.WhenAll(workloads.Select(workload => RunAsync(bridge, workload, workload)));

        foreach (var workload in workloads)
            Assert.Equal(await TestBridge.ReplayAsync(workload), bridge.SinkOf(workload).Texts);
    }

    [LogTheory]
    [InlineData("3.5.3/crashed")]
    [InlineData("4.3.0/crashed")]
    public async Task Driver_that_is_killed_leaves_what_its_log_leaves(string workload)
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "crashed");
        var lines = TestLogs.Lines(workload);
        await client.SendLinesAsync(lines);
        await client.WaitForAcknowledgementAsync(lines.Count);
        client.Dispose();
        await TestBridge.UntilAsync(() => !bridge.SessionOf("crashed").IsConnected);

        bridge.Time.Advance(TimeSpan.FromSeconds(60));
        await bridge.ClosedAsync("crashed");

        // The log's last line was cut by the kill; the application's span tells how many lines did not arrive whole.
        var application = bridge.SinkOf("crashed").Spans.Single(span => span.Name == SpanNames.Application);
        Assert.Equal(1L, application[SparkAttributes.EventsLost]);
        Assert.Equal(
            await TestBridge.ReplayAsync(workload),
            bridge.SinkOf("crashed").Texts.Select(text => text.Replace(", sparkobs.events.lost=1, sparkobs.events.lost.refused=1", "", StringComparison.Ordinal)));
    }

    [LogFact]
    public async Task Connection_that_breaks_anywhere_changes_nothing()
    {
        await using var bridge = new TestBridge();
        var lines = TestLogs.Lines("3.5.3/failures");
        var expected = await TestBridge.ReplayAsync("3.5.3/failures");

        var random = new Random(17);
        for (var run = 0; run < 10; run++)
        {
            var session = $"run{run}";
            await SendInPiecesAsync(bridge, session, lines, random);
            await bridge.ClosedAsync(session);
            Assert.Equal(expected, bridge.SinkOf(session).Texts);

            var ledger = bridge.SessionOf(session).ReadLedger();
            Assert.Equal(
                (lines.Count, 0L, 0L, 0L, 0L),
                (ledger.Events + ledger.Ignored + ledger.Own, ledger.Missing, ledger.Unreadable, ledger.TooLong, ledger.Unnumbered));
            Assert.Equal(ledger.Lines, lines.Count + ledger.Duplicates);
            Assert.True(ledger.Duplicates > 0);
        }
    }

    private static async Task RunAsync(TestBridge bridge, string session, string workload)
    {
        var lines = TestLogs.Lines(workload);
        var (client, acknowledged) = await BridgeClient.AcceptedAsync(bridge, session);
        using (client)
        {
            Assert.Equal(0, acknowledged);
            await client.SendLinesAsync(lines);
            await client.WaitForAcknowledgementAsync(lines.Count);
        }
        await bridge.ClosedAsync(session);
    }

    /// <summary>As a driver does whose connection breaks: again from what the bridge has, or from before it.</summary>
    private static async Task SendInPiecesAsync(TestBridge bridge, string session, IReadOnlyList<byte[]> lines, Random random)
    {
        for (var sent = 0; sent < lines.Count;)
        {
            var (client, acknowledged) = await BridgeClient.AcceptedAsync(bridge, session);
            using (client)
            {
                var from = (int)Math.Max(0, acknowledged - random.Next(10));
                sent = Math.Min(lines.Count, (int)acknowledged + 1 + random.Next(60));
                // The end must be the last piece's last line, for a session closes once its application has ended.
                sent = sent >= lines.Count - 10 ? lines.Count : sent;
                await client.SendLinesAsync(lines.Skip(from).Take(sent - from), from + 1);
                if (sent < lines.Count)
                    await client.SendAsync("{\"SparkObsSeq\":" + (sent + 1));
                await client.WaitForAcknowledgementAsync(sent);
            }
        }
    }
}
