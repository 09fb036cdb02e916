using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>Which application a process's log lines are about.</summary>
public class RunningApplicationsTests
{
    private static readonly RunningApplication First = new("app-1", "a", default), Second = new("app-2", null, default);

    [Fact]
    public void The_only_one_is_meant_and_stays_after_its_end()
    {
        var running = new RunningApplications();
        Assert.Null(running.Only);
        running.Set("s1", First);
        Assert.Same(First, running.Only);
        running.Set("s2", Second);
        Assert.Null(running.Only);
        running.Remove("s1");
        Assert.Same(Second, running.Only);
        running.Remove("s2");
        running.Remove("s2");
        Assert.Same(Second, running.Only);
        running.Set("s1", First);
        Assert.Same(First, running.Only);
    }

    [LogFact]
    public async Task A_bridge_tells_who_its_application_is()
    {
        var running = new RunningApplications();
        await using var bridge = new TestBridge(options => options with { Running = running });
        var lines = TestLogs.Lines("3.5.3/failures");
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendLinesAsync(lines);
        await TestBridge.UntilAsync(() => running.Only is not null);
        client.Dispose();
        await bridge.ClosedAsync("s");
        var application = Assert.Single(bridge.SinkOf("s").Spans, span => span.Name == SpanNames.Application);
        Assert.Equal(("local-1795375725290", "failures", application.Trace, application.Id), (running.Only!.Id, running.Only.Name, running.Only.Context.Trace, running.Only.Context.Span));
    }
}
