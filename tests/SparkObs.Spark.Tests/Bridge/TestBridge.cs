using System.Collections.Concurrent;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Tests.Tracing;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>A bridge with a sink of its own for each application, on a clock that stands still unless it is moved.</summary>
internal sealed class TestBridge : IAsyncDisposable
{
    public const string Token = "0123456789abcdef";

    private readonly ConcurrentDictionary<string, TestSink> sinks = new();
    private readonly ConcurrentDictionary<string, int> closed = new();

    /// <param name="configure">Changes the options.</param>
    public TestBridge(Func<BridgeOptions, BridgeOptions>? configure = null)
    {
        var options = new BridgeOptions
        {
            Token = Token,
            SinkOf = session => SinkOf(session.Hello.Session),
            Notice = Notices.Enqueue,
            Closed = session => closed.AddOrUpdate(session.Hello.Session, 1, (_, times) => times + 1),
            Time = Time,
        };
        Server = BridgeServer.Start(configure?.Invoke(options) ?? options);
    }

    public BridgeServer Server { get; }

    public ManualTime Time { get; } = new();

    public ConcurrentQueue<string> Notices { get; } = new();

    public TestSink SinkOf(string session) => sinks.GetOrAdd(session, _ => new TestSink());

    public BridgeSession SessionOf(string session) => Server.Sessions.Single(s => s.Hello.Session == session);

    public int TimesClosed(string session) => closed.GetValueOrDefault(session);

    /// <summary>Waits until the session is closed and its spans are in its sink.</summary>
    public Task ClosedAsync(string session, int times = 1) => UntilAsync(() => TimesClosed(session) >= times);

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var bound = new CancellationTokenSource(BridgeClient.Patience);
        while (!condition())
            await Task.Delay(5, bound.Token);
    }

    /// <summary>The texts of what a replay of the same log makes.</summary>
    public static async Task<IReadOnlyList<string>> ReplayAsync(string workload, TraceOptions? options = null) =>
        TestSink.TextsOf((await Trace.OfLogAsync(TestLogs.Workload(workload), options)).Spans);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
