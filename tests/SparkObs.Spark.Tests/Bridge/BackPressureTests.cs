using SparkObs.Spark.Tests.Tracing;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>What a sink that is slow, or fails, does to its own application and to others.</summary>
public sealed class BackPressureTests
{
    private const string Large = "3.5.3/many-tasks";

    [LogFact]
    public async Task Slow_sink_stops_reading_its_own_application_alone()
    {
        await using var bridge = new TestBridge(options => options with { Trace = Trace.AllTasks });
        var lines = TestLogs.Lines(Large);
        bridge.SinkOf("slow").Hold();
        var (slow, _) = await BridgeClient.AcceptedAsync(bridge, "slow");
        var sending = Task.Run(() => slow.SendLinesAsync(lines));
        await TestBridge.UntilAsync(() => bridge.SinkOf("slow").IsWaiting && bridge.SessionOf("slow").IsBehind);

        var (fast, _) = await BridgeClient.AcceptedAsync(bridge, "fast");
        await fast.SendLinesAsync(lines);
        await fast.WaitForAcknowledgementAsync(lines.Count);
        fast.Dispose();
        await bridge.ClosedAsync("fast");
        var expected = await TestBridge.ReplayAsync(Large, Trace.AllTasks);
        Assert.Equal(expected, bridge.SinkOf("fast").Texts);

        // What is behind is not silent, and holds no more than a batch that is being written, one that is full, and a buffer's lines.
        bridge.Time.Advance(TimeSpan.FromMinutes(2));
        var ledger = bridge.SessionOf("slow").ReadLedger();
        Assert.False(bridge.SessionOf("slow").IsClosed);
        Assert.InRange(bridge.SessionOf("slow").SpansBuilt, 2_048, 5_000);
        Assert.True(ledger.Lines < lines.Count);

        bridge.SinkOf("slow").Release();
        await sending;
        await slow.WaitForAcknowledgementAsync(lines.Count);
        slow.Dispose();
        await bridge.ClosedAsync("slow");
        Assert.Equal(expected, bridge.SinkOf("slow").Texts);
    }

    [LogFact]
    public async Task What_an_ended_process_left_in_the_socket_is_read_although_the_sink_is_behind()
    {
        await using var bridge = new TestBridge(options => options with { Trace = Trace.AllTasks, HoldForExitCode = true });
        var lines = TestLogs.Lines(Large);
        bridge.SinkOf("s").Hold();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        var sending = Task.Run(async () =>
        {
            await client.SendLinesAsync(lines);
            client.EndSending();
        });
        await TestBridge.UntilAsync(() => bridge.SessionOf("s").IsBehind);

        var completed = bridge.SessionOf("s").CompleteAsync(0).AsTask();
        await sending;
        await TestBridge.UntilAsync(() => bridge.SessionOf("s").ReadLedger().Lines == lines.Count);
        bridge.SinkOf("s").Release();
        await completed;

        client.Dispose();
        Assert.Empty(bridge.Notices);
        Assert.Equal((await TestBridge.ReplayAsync(Large, Trace.AllTasks)).Count, bridge.SinkOf("s").Texts.Count);
    }

    [LogFact]
    public async Task Connection_that_waits_for_a_slow_sink_can_be_taken_over()
    {
        await using var bridge = new TestBridge(options => options with { Trace = Trace.AllTasks });
        var lines = TestLogs.Lines(Large);
        bridge.SinkOf("s").Hold();
        var (first, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        var sending = Task.Run(() => first.SendLinesAsync(lines));
        await TestBridge.UntilAsync(() => bridge.SessionOf("s").IsBehind);

        var (second, acknowledged) = await BridgeClient.AcceptedAsync(bridge, "s");
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => sending);
        bridge.SinkOf("s").Release();
        await second.SendLinesAsync(lines.Skip((int)acknowledged), acknowledged + 1);
        await second.WaitForAcknowledgementAsync(lines.Count);
        first.Dispose();
        second.Dispose();
        await bridge.ClosedAsync("s");

        Assert.Equal(await TestBridge.ReplayAsync(Large, Trace.AllTasks), bridge.SinkOf("s").Texts);
        Assert.Equal(0, bridge.SessionOf("s").ReadLedger().Duplicates);
    }

    [LogFact]
    public async Task Sink_that_fails_is_told_and_its_spans_are_counted()
    {
        await using var bridge = new TestBridge();
        var lines = TestLogs.Lines("3.5.3/failures");
        bridge.SinkOf("s").Failure = new IOException("no space left");
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendLinesAsync(lines);
        await client.WaitForAcknowledgementAsync(lines.Count);
        client.Dispose();
        await bridge.ClosedAsync("s");

        var session = bridge.SessionOf("s");
        Assert.Equal(session.SpansBuilt, session.SpansLost);
        Assert.Equal("no space left", (await bridge.Server.SinkFailure.WaitAsync(BridgeClient.Patience)).Message);
        Assert.Equal(["spans are lost from now on: no space left"], bridge.Notices);
    }

    [LogFact]
    public async Task Stop_that_is_cancelled_leaves_a_slow_sink_alone_and_counts_what_is_lost()
    {
        await using var bridge = new TestBridge();
        var lines = TestLogs.Lines("3.5.3/failures");
        bridge.SinkOf("s").Hold();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendLinesAsync(lines);
        await client.WaitForAcknowledgementAsync(lines.Count);
        client.Dispose();
        await TestBridge.UntilAsync(() => bridge.SinkOf("s").IsWaiting && bridge.SessionOf("s").IsClosed);
        var session = bridge.SessionOf("s");

        using var now = new CancellationTokenSource();
        var stopping = bridge.Server.StopAsync(TimeSpan.Zero, now.Token);
        await now.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopping);
        await bridge.Server.DisposeAsync();

        Assert.Equal(session.SpansBuilt, session.SpansLost);
    }
}
