using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Bridge;

/// <summary>How a bridge listens, and where the spans of its applications go.</summary>
internal sealed record BridgeOptions
{
    /// <summary>The shortest <see cref="IdleTimeout"/> of users: heartbeats come every 10 s, and one may be late.</summary>
    public static readonly TimeSpan MinIdleTimeout = TimeSpan.FromSeconds(20);

    public BridgeEndpoint Endpoint { get; init; } = BridgeEndpoint.AnyLoopbackPort;

    /// <summary>For an endpoint with TLS, and for no other.</summary>
    public BridgeTls? Tls { get; init; }

    /// <summary>What a driver must show.</summary>
    public required string Token { get; init; }

    /// <summary>
    /// Gives the sink of a new application. It may be one that others write to as well, if it takes several producers. The bridge does
    /// not dispose it.
    /// </summary>
    public required Func<BridgeSession, ISpanSink> SinkOf { get; init; }

    public TraceOptions Trace { get; init; } = new();

    /// <summary>Told in one line what a user should know. Must not block.</summary>
    public Action<string> Notice { get; init; } = static _ => { };

    /// <summary>Told when an application is known, with its trace. Must not block.</summary>
    public Action<BridgeSession> Started { get; init; } = static _ => { };

    /// <summary>Told when an application is closed and its spans are in the sink; again if it came back. Must not block.</summary>
    public Action<BridgeSession> Closed { get; init; } = static _ => { };

    /// <summary>
    /// An application whose end was told is closed once its connection closes. If held, not before <see cref="BridgeSession.CompleteAsync"/>
    /// or <see cref="EndGrace"/>: its process's exit code is waited for.
    /// </summary>
    public bool HoldForExitCode { get; init; }

    /// <summary>How long a new connection may take for its hello. Default: 10 s, for drivers on busy machines.</summary>
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long nothing may come from an application, not even a heartbeat (they come every 10 s). Default: 60 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long after an application's end more is waited for. Default: 10 s, as long as the driver's side lingers.</summary>
    public TimeSpan EndGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Connections without a hello, or on their way out after a refusal; each costs some 6 kB, with TLS some 50. Default: 1,000. Those
    /// with a hello are bounded by <see cref="MaxApplications"/>: an application has one.
    /// </summary>
    public int MaxWaiting { get; init; } = 1_000;

    /// <summary>Applications that are open at once; each has a thread's worth of work and some MB. Default: 200.</summary>
    public int MaxApplications { get; init; } = 200;

    /// <summary>Where accepted lines are kept until their spans are settled; one bridge a directory. Null: in memory.</summary>
    public string? DataDirectory { get; init; }

    public JournalOptions Journal { get; init; } = JournalOptions.Default;

    /// <summary>
    /// An application that runs when the bridge is stopped is not closed where it has a journal: the next bridge goes on with it.
    /// </summary>
    public bool LeavesOpen { get; init; }

    /// <summary>Is told which applications run.</summary>
    public RunningApplications Running { get; init; } = RunningApplications.OfProcess;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
