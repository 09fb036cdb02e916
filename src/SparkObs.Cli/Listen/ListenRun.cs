using System.Globalization;
using SparkObs.Cli.Tree;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Listen;

/// <summary>Runs a bridge until it is told to stop, then delivers what is left, and decides the exit code.</summary>
internal sealed class ListenRun(ListenOptions options, Terminal terminal)
{
    /// <summary>How long an application that runs may take to tell its end: its driver is often told to stop in the same moment.</summary>
    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(3);

    /// <summary>How long the last spans may take; Kubernetes kills after 30 s.</summary>
    private static readonly TimeSpan FlushWithin = TimeSpan.FromSeconds(10);

    private long applications;
    private volatile bool unreadable;

    /// <param name="stop">SIGTERM or Ctrl-C.</param>
    public async Task<ExitCode> RunAsync(CancellationToken stop)
    {
        var trace = CommonOptions.TraceOptions(terminal, options.AllTasks);
        // A collector that is away must not cost an application its spans: the driver's side buffers meanwhile.
        var otlp = options.Json ? null : OtlpEnvironment.Read(terminal.Variable, options.Endpoint) with { GiveUpAfter = Timeout.InfiniteTimeSpan };
        var otlpSink = otlp is null ? null : new OtlpSink(otlp, terminal.Note);
        var sink = new SharedSink(otlpSink ?? (ISpanSink)new OtlpJsonSink(OpenOutput()));
        try
        {
            var server = Start(sink, trace);
            await using var _ = server.ConfigureAwait(false);
            terminal.Note($"listening on {server.Endpoint} (spark.sparkobs.endpoint), spans go to {otlp?.DisplayEndpoint ?? options.File ?? "standard output"}");
            if (!await WaitAsync(server, stop).ConfigureAwait(false))
                return ExitCode.Failed;
            var delivered = await DeliverAsync(server, sink).ConfigureAwait(false);
            return Summarize(server, otlp, otlpSink?.Counts, delivered);
        }
        finally
        {
            await sink.DisposeAsync().ConfigureAwait(false);
        }
    }

    private BridgeServer Start(SharedSink sink, TraceOptions trace)
    {
        try
        {
            return BridgeServer.Start(new BridgeOptions
            {
                Endpoint = BridgeEndpoint.Parse("--listen-on", options.ListenOn),
                Token = Token(),
                SinkOf = _ => sink,
                Trace = trace,
                IdleTimeout = options.IdleTimeout,
                Notice = terminal.Note,
                Started = OnStarted,
                Closed = OnClosed,
            });
        }
        catch (BridgeException e)
        {
            throw new UserError(e.Message, inner: e);
        }
    }

    private string Token()
    {
        if (options.TokenFile is { } file)
            return BridgeToken.ReadOrCreate("--token-file", file);
        return terminal.Variable(BridgeToken.Variable)?.Trim() is { Length: > 0 } token
            ? token
            : throw new UserError($"no token: set {BridgeToken.Variable} to a random text that drivers know too, or use --token-file FILE, which is written if there is none");
    }

    /// <summary>Nothing is buffered: a span that has ended can be read.</summary>
    private Stream OpenOutput()
    {
        try
        {
            return options.File is { } file ? new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0) : terminal.OpenOutput();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"cannot write {options.File}: {e.Message}", ExitCode.Failed, e);
        }
    }

    /// <summary>False when the output failed meanwhile.</summary>
    private static async Task<bool> WaitAsync(BridgeServer server, CancellationToken stop)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = stop.Register(stopped.SetResult);
        return await Task.WhenAny(stopped.Task, server.SinkFailure).ConfigureAwait(false) == stopped.Task;
    }

    private static async Task<bool> DeliverAsync(BridgeServer server, SharedSink sink)
    {
        using var bound = new CancellationTokenSource(FlushWithin);
        try
        {
            await server.StopAsync(EndGrace, bound.Token).ConfigureAwait(false);
            await sink.FlushAsync(bound.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            return false;
        }
    }

    private void OnStarted(BridgeSession session)
    {
        Interlocked.Increment(ref applications);
        terminal.Note($"{session.Name} ({session.AppId}) started: trace {session.TraceId}");
    }

    private void OnClosed(BridgeSession session)
    {
        var ledger = session.ReadLedger();
        unreadable |= ledger.Unreadable + ledger.TooLong > 0;
        var end = session.HasEnded ? "ended" : "is incomplete: its end was not told";
        var lost = ledger.Lost > 0 ? string.Create(CultureInfo.InvariantCulture, $", {ledger.Lost} events lost") : "";
        terminal.Note($"{session.Name} ({session.AppId}) {end}: {Human.Count(ledger.Events, "event")}, {Human.Count(session.SpansBuilt, "span")}{lost}");
    }

    private ExitCode Summarize(BridgeServer server, OtlpOptions? collector, ExportCounts? counts, bool delivered)
    {
        var lost = server.SpansLost;
        var exported = counts is null ? "" : $", {Human.Count(counts.Exported, "span")} exported, {Human.Count(counts.Refused)} refused{Undelivered.Text(counts, collector!)}";
        terminal.Note($"stopped: {Human.Count(applications, "application")}{exported}{(lost > 0 ? $", {Human.Count(lost)} lost" : "")}");
        return !delivered || lost + (counts?.Queued ?? 0) > 0 ? ExitCode.CollectorUnreachable : unreadable || counts?.Refused > 0 ? ExitCode.NotAll : ExitCode.Done;
    }
}
