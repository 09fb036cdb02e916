using SparkObs.Cli.Tree;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Export;

namespace SparkObs.Cli.Submit;

/// <summary>The bridge of one submitted job, and its end: the exit code, the last spans, what is said of them.</summary>
internal sealed class LiveBridge : IAsyncDisposable
{
    /// <summary>Senders and connections that do not stop by then end with the process.</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(2);

    /// <summary>As much as a driver's spool: a tree keeps its whole run until it is drawn.</summary>
    private const long MaxJournalBytes = 1024 * 1024 * 1024;

    private readonly SubmitOptions options;
    private readonly Terminal terminal;
    private readonly SubmitOutput output;
    private readonly BridgeServer server;

    /// <summary>This run's own folder; null: from memory.</summary>
    private readonly string? data;

    private bool delivered;

    private LiveBridge(SubmitOptions options, Terminal terminal, SubmitOutput output, BridgeServer server, string? data)
    {
        this.data = data;
        this.options = options;
        this.terminal = terminal;
        this.output = output;
        this.server = server;
    }

    /// <summary>For <c>spark.sparkobs.endpoint</c>.</summary>
    public string Endpoint => server.Endpoint;

    /// <exception cref="BridgeException">It cannot listen.</exception>
    /// <exception cref="ExportConfigurationException">A variable of the collector's is wrong.</exception>
    /// <exception cref="UserError">The output cannot be written, or a variable is wrong.</exception>
    public static LiveBridge Start(SubmitOptions options, Terminal terminal, string token)
    {
        var data = StateDirectory.IfWritable(StateDirectory.OfRun(terminal.Variable), out var problem);
        if (problem is not null)
            terminal.Note(problem);
        var trace = CommonOptions.TraceOptions(terminal, options.AllTasks);
        var output = new SubmitOutput(options, terminal);
        var server = BridgeServer.Start(new BridgeOptions
        {
            Token = token,
            SinkOf = output.SinkOf,
            Trace = trace,
            Notice = terminal.Note,
            HoldForExitCode = true,
            DataDirectory = data,
            Journal = JournalOptions.Default with { MaxBytes = MaxJournalBytes },
        });
        return new LiveBridge(options, terminal, output, server, data);
    }

    /// <summary>The job has ended with this code: closes what is open, waits for the last spans within the bound, and sums up.</summary>
    /// <param name="trace">The trace's page or id.</param>
    public async Task FinishAsync(int exitCode, string trace)
    {
        var sessions = server.Sessions;
        using var late = new CancellationTokenSource(options.FlushWithin);
        try
        {
            var completed = Task.WhenAll(sessions.Select(session => session.CompleteAsync(exitCode).AsTask()));
            await completed.WaitAsync(late.Token).ConfigureAwait(false);
            await output.FlushAsync(late.Token).ConfigureAwait(false);
            delivered = true;
        }
        catch (OperationCanceledException)
        {
            terminal.Note($"not all spans could be delivered within {Human.Duration(options.FlushWithin.TotalMilliseconds)}");
        }
        catch (Exception e) when (e is IOException or CollectorUnreachableException)
        {
            terminal.Note(e.Message);
        }
        await SumUpAsync(sessions, trace).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        var stopped = Task.WhenAll(server.DisposeAsync().AsTask(), output.DisposeAsync().AsTask());
        await Task.WhenAny(stopped, Task.Delay(StopWithin)).ConfigureAwait(false);
        LetGo();
    }

    /// <summary>What was delivered whole needs no journal; of the rest is said how to send it.</summary>
    private void LetGo()
    {
        if (data is null)
            return;
        try
        {
            var sessions = Path.Combine(data, JournalFolder.Sessions);
            var isWhole = delivered && server.SpansLost == 0;
            if (!isWhole && Directory.Exists(sessions) && Directory.GetDirectories(sessions).Length > 0)
                terminal.Note($"what was not delivered is kept; to send it: sparkobs replay --output otlp {sessions}");
            else
                Directory.Delete(data, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Note($"{data} cannot be removed: {e.Message}");
        }
    }

    private async Task SumUpAsync(IReadOnlyList<BridgeSession> sessions, string trace)
    {
        if (sessions.Count == 0)
        {
            terminal.Note("nothing came from the driver: it had no SparkContext, or its log says at SparkObs what went wrong");
            return;
        }
        try
        {
            await output.DrawAsync().ConfigureAwait(false);
        }
        catch (UserError e)
        {
            delivered = false;
            terminal.Note(e.Message);
        }
        foreach (var session in sessions)
        {
            Tell($"not all events of {session.Name} are in the trace", Losses.Of(session.ReadEvents()));
            if (!session.HasEnded)
                terminal.Note($"{session.Name}: the driver did not say that the application ended");
        }
        Tell("not all spans were delivered", Losses.Of(SpanLedger.Of(server.ReadFigures().Spans, output.Counts)));
        if (output.Delivery(sessions.Sum(session => session.SpansBuilt)) is { } delivery)
            terminal.Note($"{string.Join(", ", sessions.Select(session => $"{session.Name} ({session.AppId})"))}: {delivery}; trace {trace}");
    }

    private void Tell(string what, IReadOnlyList<Loss> losses)
    {
        if (losses.Count == 0)
            return;
        terminal.Note(what + ":");
        terminal.NoteTable(Losses.Table(losses));
    }
}
