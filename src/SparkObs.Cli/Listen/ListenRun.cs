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

    /// <summary>How long the last spans may take. With twice <see cref="StopWithin"/> 10 s; Kubernetes kills after 30 s.</summary>
    private static readonly TimeSpan FlushWithin = TimeSpan.FromSeconds(8);

    /// <summary>How long the bridge, and then the rest, may take to end when told to.</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(1);

    private long applications;
    private string? data;
    private volatile bool unreadable;

    /// <param name="stop">SIGTERM or Ctrl-C.</param>
    public async Task<ExitCode> RunAsync(CancellationToken stop)
    {
        var trace = CommonOptions.TraceOptions(terminal, options.AllTasks);
        data = StateDirectory.IfWritable(StateDirectory.Choose(options.DataDirectory, terminal.Variable, "listen"), out var problem);
        if (problem is not null)
            terminal.Note(problem);
        var otlp = options.Json ? null
            : OtlpEnvironment.Read(terminal.Variable, options.Endpoint).WaitingIn(data is null ? null : Path.Combine(data, OtlpOptions.QueueFolder));
        var otlpSink = otlp is null ? null : new OtlpSink(otlp, terminal.Note);
        var sink = new SharedSink(otlpSink ?? (ISpanSink)new OtlpJsonSink(OpenOutput()));
        var parts = new List<IAsyncDisposable> { sink };
        try
        {
            var server = Start(sink, trace);
            parts.Add(server);
            if (options.Http is { } http)
                parts.Add(HealthEndpoint.Start(http, server, () => otlpSink?.Counts));
            terminal.Note($"listening on {server.Endpoint} (spark.sparkobs.endpoint), spans go to {otlp?.DisplayEndpoint ?? options.File ?? "standard output"}");
            var adopter = options.SpoolDir is { } folder ? new SpoolAdopter(server, folder, token => sink.FlushAsync(token).AsTask()) : null;
            if (adopter is not null)
                parts.Add(adopter);
            if (!await WaitAsync(server, stop).ConfigureAwait(false))
                return ExitCode.Failed;
            using var again = new SecondSignal(ExitCode.CollectorUnreachable);
            var delivered = await DeliverAsync(server, sink, adopter).ConfigureAwait(false);
            return Summarize(server, otlp, otlpSink?.Counts, delivered);
        }
        finally
        {
            await StopAsync(parts).ConfigureAwait(false);
        }
    }

    /// <summary>The last first. What does not stop by then ends with the process.</summary>
    private static async Task StopAsync(List<IAsyncDisposable> parts)
    {
        var stopped = Task.Run(async () =>
        {
            foreach (var part in Enumerable.Reverse(parts))
                await part.DisposeAsync().ConfigureAwait(false);
        });
        if (await Task.WhenAny(stopped, Task.Delay(StopWithin)).ConfigureAwait(false) == stopped)
            await stopped.ConfigureAwait(false);
    }

    private BridgeServer Start(SharedSink sink, TraceOptions trace)
    {
        try
        {
            return BridgeServer.Start(new BridgeOptions
            {
                Endpoint = BridgeEndpoint.Parse("--listen-on", options.ListenOn),
                Tls = BridgeTls.Load(options.TlsCertificate, options.TlsKey, options.TlsClientCa, terminal.Variable),
                Token = Token(),
                SinkOf = _ => sink,
                Trace = trace,
                IdleTimeout = options.IdleTimeout,
                Notice = terminal.Note,
                Started = OnStarted,
                Closed = OnClosed,
                DataDirectory = data,
                LeavesOpen = true,
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

    private static async Task<bool> DeliverAsync(BridgeServer server, SharedSink sink, SpoolAdopter? adopter)
    {
        using var bound = new CancellationTokenSource(FlushWithin);
        try
        {
            if (adopter is not null)
                await adopter.DisposeAsync().ConfigureAwait(false);
            await server.StopAsync(EndGrace, bound.Token).ConfigureAwait(false);
            await sink.FlushAsync(bound.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            // What is left is counted as not delivered.
            await Task.WhenAny(server.DisposeAsync().AsTask(), Task.Delay(StopWithin)).ConfigureAwait(false);
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
        var events = session.ReadEvents();
        unreadable |= events.Unreadable + events.TooLong > 0;
        var end = session.HasEnded ? "ended" : "is incomplete: its end was not told";
        var losses = Losses.Of(events);
        var lost = losses.Count == 0 ? "" : $", {Human.Count(events.Lost, "event")} lost ({string.Join(", ", losses.Select(loss => $"{Human.Count(loss.Count)} {loss.Why}"))})";
        terminal.Note($"{session.Name} ({session.AppId}) {end}: {Human.Count(events.Delivered, "event")}, {Human.Count(session.SpansBuilt, "span")}{lost}");
    }

    private ExitCode Summarize(BridgeServer server, OtlpOptions? collector, ExportCounts? counts, bool delivered)
    {
        var lost = server.SpansLost;
        if (server.Sessions.Count(session => !session.IsClosed) is > 0 and var open)
            terminal.Note($"{Human.Count(open, "application")} left open; the next bridge with --data-dir {data} goes on");
        var exported = counts is null ? "" : $", {Human.Count(counts.Exported, "span")} exported, {Human.Count(counts.Refused)} refused{Undelivered.Text(counts, collector!)}";
        terminal.Note($"stopped: {Human.Count(applications, "application")}{exported}{(lost > 0 ? $", {Human.Count(lost)} lost" : "")}");
        return !delivered || lost + (counts?.Queued ?? 0) > 0 ? ExitCode.CollectorUnreachable : unreadable || counts?.Refused > 0 ? ExitCode.NotAll : ExitCode.Done;
    }
}
