using System.Diagnostics.CodeAnalysis;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark;

/// <summary>
/// What runs in this process, once, however many have started it: the bridge, the way of its spans, metrics. The last one who lets go
/// ends it, or the end of the process does.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "It ends with the last handle.")]
internal sealed class SparkObsCore
{
    /// <summary>How long the end waits for an application that runs to tell its own, at most.</summary>
    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(3);

    /// <summary>The end before this start has a bound of its own; this is for one that hangs all the same.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(60);

    private static readonly object Gate = new();
    private static SparkObsCore? current;
    private static Task ending = Task.CompletedTask;

    private readonly SparkObsOptions options;
    private readonly SparkObsSettings settings;
    private readonly OtlpSink otlp;
    private readonly ActivitySink activities;
    private readonly SharedSink sink;
    private readonly BridgeServer server;
    private readonly TokenFile? tokenFile;
    private readonly OpenProgramSpans openSpans = new();
    private readonly IDisposable[] atProcessEnd;
    private readonly Lazy<Task> end;
    private volatile Task metricsReady = Task.CompletedTask;
    private int handles = 1;

    private SparkObsCore(SparkObsOptions options, SparkObsSettings settings)
    {
        this.options = options;
        this.settings = settings;
        otlp = new OtlpSink(settings.Otlp, settings.Notice);
        activities = new ActivitySink(settings.Notice);
        sink = new SharedSink(new SpanRoute(otlp, activities));
        Telemetry = new ProgramTelemetry(settings);
        end = new Lazy<Task>(EndAsync);
        try
        {
            server = BridgeServer.Start(new BridgeOptions
            {
                Endpoint = settings.Endpoint,
                Tls = settings.Tls,
                Token = settings.Token,
                SinkOf = SinkOf,
                Trace = settings.Trace,
                Notice = settings.Notice,
                IdleTimeout = settings.IdleTimeout,
                DataDirectory = settings.DataDirectory,
            });
            tokenFile = settings.TokenNeedsFile ? TokenFile.Write(settings.Token) : null;
        }
        catch
        {
            openSpans.Dispose();
            Wait(async () =>
            {
                if (server is not null)
                    await server.DisposeAsync().ConfigureAwait(false);
                await sink.DisposeAsync().ConfigureAwait(false);
            });
            throw;
        }
        var conf = new Dictionary<string, string>(StringComparer.Ordinal) { ["spark.sparkobs.endpoint"] = server.Endpoint };
        if (tokenFile is not null)
            conf["spark.sparkobs.token.file"] = tokenFile.Path;
        SparkConf = conf;
        ProgramSpans.Needed = Telemetry.NeedSpans;
        atProcessEnd = [ProcessEnd.Register(ProcessEndStep.Note, NoteAsync), ProcessEnd.Register(ProcessEndStep.Spans, _ => end.Value)];
    }

    /// <summary>What runs now.</summary>
    public static SparkObsCore? Current => Volatile.Read(ref current);

    public string Endpoint => server.Endpoint;

    public string Token => settings.Token;

    public IReadOnlyDictionary<string, string> SparkConf { get; }

    /// <summary>The program's own spans, and our metrics.</summary>
    public ProgramTelemetry Telemetry { get; }

    /// <summary>What runs already, else started with these options. Each answer is to be let go once.</summary>
    /// <param name="options">Those of the first one hold; others are told.</param>
    /// <param name="notice">Where lines go that the options name no place for.</param>
    /// <exception cref="BridgeException">A setting is wrong, or the endpoint is in use.</exception>
    /// <exception cref="ExportConfigurationException">A setting is wrong.</exception>
    public static SparkObsCore Take(SparkObsOptions options, Action<string>? notice)
    {
        ending.Wait(EndsWithin);
        lock (Gate)
        {
            if (current is null)
                return current = new SparkObsCore(options.Copy(), SparkObsSettings.Read(options, Environment.GetEnvironmentVariable, notice));
            current.handles++;
            if (options.DifferFrom(current.options) is { Count: > 0 } differ)
                current.settings.Notice($"it runs already in this process, with the options of its first start; these are not used: {string.Join(", ", differ)}");
            return current;
        }
    }

    /// <summary>One who took it needs it no more. With the last one it ends: see <see cref="SparkObservability.DisposeAsync"/>.</summary>
    public Task LetGoAsync()
    {
        lock (Gate)
        {
            if (--handles > 0)
                return Task.CompletedTask;
            if (current == this)
                current = null;
            // Outside of the gate, and of what the caller runs in.
            return ending = Task.Run(() => end.Value);
        }
    }

    /// <summary>Waits until what has ended up to now is delivered.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await server.FlushAsync(cancellationToken).ConfigureAwait(false);
        await sink.FlushAsync(cancellationToken).ConfigureAwait(false);
        await Task.Run(() => Telemetry.Flush(settings.FlushTimeout), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A TracerProvider takes Spark's spans and the program's from now on, until what is returned is disposed.</summary>
    /// <param name="flush">Has it deliver what it has within so many milliseconds.</param>
    public IDisposable Join(Func<int, bool> flush)
    {
        activities.Join(flush);
        return new ProviderTurn(this, flush, Telemetry.JoinTracerProvider());
    }

    /// <summary>The providers that have joined get what has ended up to now.</summary>
    public void HandOver() => Wait(async () =>
    {
        using var bound = new CancellationTokenSource(settings.FlushTimeout);
        try
        {
            await server.FlushAsync(bound.Token).ConfigureAwait(false);
            await activities.FlushAsync(bound.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The rest goes the next way.
        }
    });

    /// <summary>Runs it where no context of the caller's can be waited for.</summary>
    public static void Wait(Func<Task> work) => Task.Run(work).GetAwaiter().GetResult();

    /// <summary>With the first application there is something to measure. Called inside the bridge's lock.</summary>
    private SharedSink SinkOf(BridgeSession session)
    {
        if (settings.ExportsMetrics)
            metricsReady = Task.Run(Telemetry.NeedMetrics);
        return sink;
    }

    private Task NoteAsync(ProcessEndCause cause)
    {
        var error = cause.Unhandled is { } exception ? ProgramError.Of(exception) : null;
        if (error is not null)
        {
            foreach (var session in server.Sessions)
                session.NoteError(error);
        }
        openSpans.End(error);
        return Task.CompletedTask;
    }

    private async Task EndAsync()
    {
        ProgramSpans.Needed = null;
        openSpans.Dispose();
        try
        {
            await DeliverAsync().ConfigureAwait(false);
        }
        finally
        {
            await sink.DisposeAsync().ConfigureAwait(false);
            tokenFile?.Remove(settings.Notice);
            // Up to now an end of the process waits for this one.
            foreach (var registration in atProcessEnd)
                registration.Dispose();
        }
    }

    private async Task DeliverAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        using var bound = new CancellationTokenSource(settings.FlushTimeout);
        // Time is left for the spans of those that do not tell their end.
        var grace = EndGrace < settings.FlushTimeout / 2 ? EndGrace : settings.FlushTimeout / 2;
        try
        {
            await server.StopAsync(grace, bound.Token).ConfigureAwait(false);
            await sink.FlushAsync(bound.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // What is lost is told below.
        }
        catch (Exception e)
        {
            settings.Notice($"the last spans could not be delivered: {e.Message}");
        }
        // The bridge's metrics are measured as long as it is there.
        var left = settings.FlushTimeout - TimeProvider.System.GetElapsedTime(start);
        left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        await Task.WhenAny(metricsReady, Task.Delay(left)).ConfigureAwait(false);
        await Task.Run(() => Telemetry.End(left)).ConfigureAwait(false);
        await server.DisposeAsync().ConfigureAwait(false);
        TellLosses();
    }

    private void TellLosses()
    {
        var counts = otlp.Counts;
        if (counts.QueuedInMemory + server.SpansLost is > 0 and var left)
            settings.Notice($"{left} spans were not delivered to {settings.Otlp.DisplayEndpoint} within {settings.FlushTimeout.TotalSeconds:0.#} s");
        if (counts.QueuedOnDisk > 0)
            settings.Notice($"{counts.QueuedOnDisk} spans are kept in {settings.Otlp.QueueDirectory}; the next start sends them");
    }

    /// <summary>A provider's time: what is built when it leaves is still its own.</summary>
    private sealed class ProviderTurn(SparkObsCore core, Func<int, bool> flush, IDisposable program) : IDisposable
    {
        public void Dispose()
        {
            core.activities.Leave(flush);
            program.Dispose();
        }
    }
}
