using System.Text;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Tests.Tracing;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>What becomes of an application's lines, and when it is closed.</summary>
public sealed class BridgeSessionTests
{
    private static readonly IReadOnlyList<byte[]> Lines = TestLogs.Lines("3.5.3/failures");

    [LogFact]
    public async Task Rubbish_lines_are_counted_and_the_rest_is_served()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        var binary = new byte[3_000];
        new Random(3).NextBytes(binary);
        binary = [.. binary.Select(b => b == '\n' ? (byte)0 : b), (byte)'\n'];

        await client.SendLinesAsync(Lines.Take(1));
        await client.SendAsync("\n{}\nhello\n{\"Event\":\"SparkListenerJobStart\",\"Job ID\":99}\n{\"SparkObsSeq\":0}\n{\"SparkObsSeq\":-4,\"a\":1}\n{\"SparkObsSeq\":99999999999999999999}\n");
        await client.SendAsync(binary);
        await client.SendAsync("{\"SparkObsSeq\":2,\"Event\":\n{\"SparkObsSeq\":3}\n{\"SparkObsSeq\":4,\"Event\":\"SparkListenerJobStart\",\"Job ID\":\"x\"}\n");
        await client.SendLinesAsync(Lines.Skip(1), 5);
        await client.WaitForAcknowledgementAsync(Lines.Count + 3);
        client.Dispose();
        await bridge.ClosedAsync("s");

        Assert.Equal((await TestBridge.ReplayAsync("3.5.3/failures")).Where(IsNoApplication), bridge.SinkOf("s").Texts.Where(IsNoApplication));
        var ledger = bridge.SessionOf("s").ReadLedger();
        Assert.Equal((8L, 3L, 0L, (long)Lines.Count), (ledger.Unnumbered, ledger.Unreadable, ledger.Missing, ledger.Events + ledger.Ignored + ledger.Own));
        Assert.Equal(2, bridge.Notices.Count);
    }

    [LogFact]
    public async Task Lines_of_calls_become_spans_and_are_counted_apart_from_the_events()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");

        await client.SendAsync("{\"SparkObsSeq\":1,\"Event\":\"SparkObsCalls\",\"Executor ID\":\"driver\",\"Task ID\":0,\"Calls\":[{\"Seq\":1,\"Name\":\"S3.GetObject\",\"Start\":1795375730000000},{}],\"Calls Omitted\":4}\n");
        await client.SendAsync("{\"SparkObsSeq\":2,\"Event\":\"SparkObsCalls\",\"Calls\":[{]}\n");
        await client.SendLinesAsync(Lines, 3);
        await client.WaitForAcknowledgementAsync(Lines.Count + 2);
        client.Dispose();
        await bridge.ClosedAsync("s");

        var session = bridge.SessionOf("s");
        var spans = bridge.SinkOf("s").Spans;
        var call = Assert.Single(spans, span => span.Kind == SpanKind.Client);
        Assert.Equal(0L, Assert.Single(spans, span => span.Id == call.Parent)[SparkAttributes.TaskId]);
        Assert.Equal(
            (await TestBridge.ReplayAsync("3.5.3/failures")).Where(IsNoApplication),
            TestSink.TextsOf(spans.Where(span => span.Kind != SpanKind.Client && span[SparkAttributes.Marker] is not true)).Where(IsNoApplication));
        var ledger = session.ReadLedger();
        Assert.Equal((1L, 1L, 0L, 0L, (long)Lines.Count + 2), (ledger.CallLines, ledger.OwnUnreadable, ledger.Unreadable, session.ReadEvents().Lost, ledger.Events + ledger.Ignored + ledger.Own));
        Assert.Equal(new CallCounters { Told = 1, Written = 1, Unreadable = 1, OmittedAtSource = 4 }, session.ReadCalls());
        Assert.Equal((5L, null), (Application(bridge)[SparkAttributes.CallsOmitted], Application(bridge)[SparkAttributes.EventsLost]));
    }

    [LogFact]
    public async Task Line_that_is_too_long_is_left_out_and_acknowledged()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");

        await client.SendLinesAsync(Lines.Take(1));
        await client.SendAsync("{\"SparkObsSeq\":2,\"Event\":\"" + new string('x', 20 * 1024 * 1024) + "\"}\n");
        await client.WaitForAcknowledgementAsync(2);
        await client.SendLinesAsync(Lines.Skip(1), 3);
        await client.WaitForAcknowledgementAsync(Lines.Count + 1);
        client.Dispose();
        await bridge.ClosedAsync("s");

        var ledger = bridge.SessionOf("s").ReadLedger();
        Assert.Equal((1L, 0L, 0L, 0L, (long)Lines.Count), (ledger.TooLong, ledger.Unreadable, ledger.Unnumbered, ledger.Missing, ledger.Events + ledger.Ignored + ledger.Own));
        Assert.Equal(1L, Application(bridge)[SparkAttributes.EventsLost]);
        Assert.Equal(["s: line 2 is longer than 8 MiB and is left out"], bridge.Notices);
    }

    [LogFact]
    public async Task Missing_numbers_are_counted_and_told()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");

        await client.SendLinesAsync(Lines.Take(3));
        await client.SendLinesAsync(Lines.Skip(3), 9);
        await client.WaitForAcknowledgementAsync(Lines.Count + 5);
        client.Dispose();
        await bridge.ClosedAsync("s");

        Assert.Equal(5, bridge.SessionOf("s").ReadLedger().Missing);
        Assert.Equal((5L, SpanStatus.Unset), (Application(bridge)[SparkAttributes.EventsLost], Application(bridge).Status));
    }

    [LogFact]
    public async Task Beginning_that_an_earlier_bridge_had_makes_the_application_incomplete()
    {
        await using var bridge = new TestBridge();
        var (client, acknowledged) = await BridgeClient.AcceptedAsync(bridge, "s", first: 21);
        Assert.Equal(20, acknowledged);

        await client.SendLinesAsync(Lines.Skip(20), 21);
        await client.WaitForAcknowledgementAsync(Lines.Count);
        client.Dispose();
        await bridge.ClosedAsync("s");

        Assert.Equal(20, bridge.SessionOf("s").ReadLedger().Missing);
        Assert.Equal((SpanStatus.Error, "Part of the application's events is missing"), (Application(bridge).Status, Application(bridge).StatusMessage));
    }

    [LogFact]
    public async Task Heartbeat_is_kept_and_its_losses_are_told()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");

        await client.SendLinesAsync(Lines);
        await client.SendLinesAsync(
        [
            """{"Event":"SparkObsHeartbeat","Time":1795377297138,"Posted":500,"Bus Dropped":4,"Bus Queued":1,"Ignored":33,"Failed":2,"Outbox Dropped":{"task":10,"detail":5,"structure":1},"In Memory":7,"In Spool":8,"Calls Dropped":3,"Memory Bytes":900,"Spool Bytes":1000,"Spool Error":"No space left on device"}"""u8.ToArray(),
        ], Lines.Count + 20);
        await client.WaitForAcknowledgementAsync(Lines.Count + 20);
        client.Dispose();
        await bridge.ClosedAsync("s");

        Assert.Equal(
            new Heartbeat
            {
                Time = 1795377297138, Posted = 500, BusDropped = 4, BusQueued = 1, Ignored = 33, Failed = 2,
                DroppedTasks = 10, DroppedDetails = 5, DroppedStructure = 1, InMemory = 7,
                InSpool = 8, CallsDropped = 3, MemoryBytes = 900, SpoolBytes = 1000, SpoolError = "No space left on device",
            },
            bridge.SessionOf("s").ReadLedger().Heartbeat);
        Assert.Equal(22L, Application(bridge)[SparkAttributes.EventsLost]);
    }

    [LogFact]
    public async Task Half_a_line_and_silence_closes_as_incomplete_after_a_minute()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendLinesAsync(Lines.Take(50));
        await client.SendAsync("{\"SparkObsSeq\":51,\"Event\":\"Spark");
        await client.WaitForAcknowledgementAsync(50);

        bridge.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(bridge.SessionOf("s").IsClosed);
        bridge.Time.Advance(TimeSpan.FromSeconds(1));
        await bridge.ClosedAsync("s");

        Assert.Null(await client.ReadLineAsync());
        Assert.Equal((SpanStatus.Error, true), (Application(bridge).Status, Application(bridge)[SparkAttributes.Incomplete]));
        client.Dispose();
    }

    [Fact]
    public async Task Silence_is_told_once_before_the_session_is_closed_and_again_when_it_comes_again()
    {
        await using var bridge = new TestBridge();
        var driver = new LedgerDriver();
        driver.Offer();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendAsync(driver.LinesFrom(1));
        await client.WaitForAcknowledgementAsync(1);

        bridge.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal([], bridge.Notices);
        bridge.Time.Advance(TimeSpan.FromSeconds(1));
        bridge.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((true, 1L, TimeSpan.FromSeconds(40)), bridge.SessionOf("s").ReadSilence());
        driver.Heartbeat();
        await client.SendAsync(driver.LinesFrom(2));
        await client.WaitForAcknowledgementAsync(2);
        Assert.Equal((false, 1L, TimeSpan.Zero), bridge.SessionOf("s").ReadSilence());
        bridge.Time.Advance(TimeSpan.FromSeconds(30));
        bridge.Time.Advance(TimeSpan.FromSeconds(30));
        await bridge.ClosedAsync("s");

        const string Silent = "s: nothing came from its driver for 30 s, not even a heartbeat; after 60 s it is closed as incomplete";
        Assert.Equal([Silent, "s: its driver is heard again", Silent], bridge.Notices);
        client.Dispose();
    }

    [LogFact]
    public async Task Driver_that_comes_back_after_its_session_was_closed_goes_on()
    {
        await using var bridge = new TestBridge();
        for (var (sent, times) = (0, 0); sent < Lines.Count; times++)
        {
            var (client, acknowledged) = await BridgeClient.AcceptedAsync(bridge, "s");
            Assert.Equal(sent, acknowledged);
            var piece = Lines.Skip(sent).Take(40).ToList();
            await client.SendLinesAsync(piece, sent + 1);
            sent += piece.Count;
            await client.WaitForAcknowledgementAsync(sent);
            client.Dispose();
            await TestBridge.UntilAsync(() => !bridge.SessionOf("s").IsConnected);
            bridge.Time.Advance(TimeSpan.FromSeconds(60));
            await bridge.ClosedAsync("s", times + 1);
        }

        var spans = bridge.SinkOf("s").Spans;
        Assert.Equal(spans.Count, spans.Select(span => span.Id).Distinct().Count());
        Assert.Equal((SpanStatus.Error, true), (Application(bridge).Status, Application(bridge)[SparkAttributes.Incomplete]));
        var replayed = (await Trace.OfLogAsync(TestLogs.Workload("3.5.3/failures"))).Spans;
        Assert.Equal(JobIds(replayed), JobIds(spans));
    }

    [LogFact]
    public async Task Ended_application_is_closed_when_its_connection_closes()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendLinesAsync(Lines);
        await client.WaitForAcknowledgementAsync(Lines.Count);
        Assert.False(bridge.SessionOf("s").IsClosed);

        client.Dispose();

        await bridge.ClosedAsync("s");
    }

    [LogFact]
    public async Task Ended_application_is_closed_ten_seconds_after_its_end()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendLinesAsync(Lines);
        await client.WaitForAcknowledgementAsync(Lines.Count);

        bridge.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(bridge.SessionOf("s").IsClosed);
        bridge.Time.Advance(TimeSpan.FromSeconds(1));

        await bridge.ClosedAsync("s");
        client.Dispose();
        await TestBridge.UntilAsync(() => !bridge.SessionOf("s").IsConnected);
        Assert.Equal(1, bridge.TimesClosed("s"));
        Assert.Equal(await TestBridge.ReplayAsync("3.5.3/failures"), bridge.SinkOf("s").Texts);
    }

    [LogTheory]
    [InlineData(0, null)]
    [InlineData(3, "The application ended with exit code 3")]
    public async Task Exit_code_that_is_waited_for_decides_the_status(int exitCode, string? error)
    {
        await using var bridge = new TestBridge(options => options with { HoldForExitCode = true });
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendLinesAsync(Lines);
        await client.WaitForAcknowledgementAsync(Lines.Count);
        client.Dispose();
        await TestBridge.UntilAsync(() => !bridge.SessionOf("s").IsConnected);
        Assert.False(bridge.SessionOf("s").IsClosed);

        await bridge.SessionOf("s").CompleteAsync(exitCode);

        Assert.Equal(
            (error is null ? SpanStatus.Unset : SpanStatus.Error, error, (object)(long)exitCode),
            (Application(bridge).Status, Application(bridge).StatusMessage, Application(bridge)[SparkAttributes.ExitCode]));
    }

    [LogFact]
    public async Task Exit_code_is_waited_for_ten_seconds()
    {
        await using var bridge = new TestBridge(options => options with { HoldForExitCode = true });
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendLinesAsync(Lines);
        await client.WaitForAcknowledgementAsync(Lines.Count);
        client.Dispose();
        await TestBridge.UntilAsync(() => !bridge.SessionOf("s").IsConnected);

        bridge.Time.Advance(TimeSpan.FromSeconds(10));

        await bridge.ClosedAsync("s");
        Assert.Equal(await TestBridge.ReplayAsync("3.5.3/failures"), bridge.SinkOf("s").Texts);
    }

    [LogFact]
    public async Task Stop_closes_what_runs_as_incomplete()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendLinesAsync(Lines.Take(60));
        await client.WaitForAcknowledgementAsync(60);
        client.Dispose();
        await TestBridge.UntilAsync(() => !bridge.SessionOf("s").IsConnected);

        await bridge.Server.StopAsync(TimeSpan.Zero, default);

        Assert.Equal((SpanStatus.Error, 1), (Application(bridge).Status, bridge.TimesClosed("s")));
        Assert.Equal(
            TestSink.TextsOf(Trace.OfLines(Lines.Take(60).Select(line => new ReadOnlyMemory<byte>(line))).Spans),
            bridge.SinkOf("s").Texts);
    }

    [Fact]
    public async Task Application_and_long_jobs_are_announced()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        var seed = new SpanIds(SpanIds.SeedOf("local-1", null));
        var started = bridge.Time.GetUtcNow().ToUnixTimeMilliseconds();
        string[] lines =
        [
            """{"Event":"SparkListenerEnvironmentUpdate","Spark Properties":{"spark.app.id":"local-1"}}""",
            $$$"""{"Event":"SparkListenerApplicationStart","App Name":"report","App ID":"local-1","Timestamp":{{{started}}},"User":"me"}""",
            $$$"""{"Event":"SparkListenerJobStart","Job ID":0,"Submission Time":{{{started}}},"Stage Infos":[],"Stage IDs":[],"Properties":{"spark.sql.execution.id":"7"}}""",
            $$$"""{"Event":"SparkListenerJobStart","Job ID":1,"Submission Time":{{{started + 5_000}}},"Stage Infos":[],"Stage IDs":[],"Properties":{}}""",
        ];
        await client.SendLinesAsync(lines.Select(Encoding.UTF8.GetBytes));
        await TestBridge.UntilAsync(() => bridge.SinkOf("s").Markers.Count == 1);

        bridge.Time.Advance(TimeSpan.FromSeconds(10));
        await TestBridge.UntilAsync(() => bridge.SinkOf("s").Markers.Count == 2);
        await client.SendAsync(BridgeClient.Numbered(5, Encoding.UTF8.GetBytes($$$"""{"Event":"SparkListenerJobEnd","Job ID":1,"Completion Time":{{{started + 11_000}}},"Job Result":{"Result":"JobSucceeded"}}""")));
        await TestBridge.UntilAsync(() => bridge.SinkOf("s").Spans.Count == 3);

        var trace = TraceId.TryParse(seed.Seed, out var id) ? id : default;
        Assert.Equal(
            [
                (SpanNames.ApplicationStarted, seed.Id("open", "app."), seed.Application, trace, started, started, "sparkobs.marker=True"),
                (SpanNames.JobStarted, seed.Id("open", "job.0"), seed.Job(0), trace, started, started, "sparkobs.marker=True, spark.job.id=0, spark.sql.execution.id=7"),
            ],
            bridge.SinkOf("s").Markers.Select(span => (
                span.Name, span.Id, span.Parent, span.Trace, span.StartMs, span.EndMs,
                string.Join(", ", span.Attributes.Select(attribute => $"{attribute.Key}={attribute.Value}")))));
        Assert.Equal(seed.Job(1), bridge.SinkOf("s").Spans[^1].Id);
        client.Dispose();
    }

    private static TestSpan Application(TestBridge bridge) => bridge.SinkOf("s").Spans.Single(span => span.Name == SpanNames.Application);

    private static bool IsNoApplication(string text) => !text.StartsWith("application ", StringComparison.Ordinal);

    private static IEnumerable<string> JobIds(IEnumerable<TestSpan> spans) =>
        spans.Where(span => span.Is(SpanNames.Job) && span.Name != SpanNames.JobStarted).Select(span => span.Id.ToString()).Order();
}
