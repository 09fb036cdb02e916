using SparkObs.Spark.Bridge;
using SparkObs.Spark.Export;

namespace SparkObs.Spark;

/// <summary>
/// Traces of the Spark applications of this process: takes the events that the driver's JVM sends to it, and sends spans to a
/// collector over OTLP. One instance serves any number of applications. Dispose it after the last <c>SparkSession</c> was stopped:
/// that delivers the last spans.
/// </summary>
/// <example>
/// <code>
/// await using var observability = SparkObservability.Start();
/// var builder = SparkSession.Builder();
/// foreach (var (key, value) in observability.SparkConf)
///     builder.Config(key, value);
/// </code>
/// </example>
public sealed class SparkObservability : IDisposable, IAsyncDisposable
{
    /// <summary>How long disposing waits for an application that runs to tell its end.</summary>
    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(3);

    private readonly SparkObsSettings settings;
    private readonly OtlpSink otlp;
    private readonly SharedSink sink;
    private readonly BridgeServer server;
    private readonly string? tokenFile;
    private int disposed;

    private SparkObservability(SparkObsSettings settings)
    {
        this.settings = settings;
        otlp = new OtlpSink(settings.Otlp, settings.Notice);
        sink = new SharedSink(otlp);
        try
        {
            server = BridgeServer.Start(new BridgeOptions
            {
                Endpoint = settings.Endpoint,
                Token = settings.Token,
                SinkOf = _ => sink,
                Trace = settings.Trace,
                Notice = settings.Notice,
                IdleTimeout = settings.IdleTimeout,
            });
            tokenFile = settings.TokenNeedsFile ? WriteTokenFile(settings.Token) : null;
        }
        catch
        {
            Dispose();
            throw;
        }
        var conf = new Dictionary<string, string>(StringComparer.Ordinal) { ["spark.sparkobs.endpoint"] = server.Endpoint };
        if (tokenFile is not null)
            conf["spark.sparkobs.token.file"] = tokenFile;
        SparkConf = conf;
    }

    /// <summary>Where the driver's JVM connects to, for <c>spark.sparkobs.endpoint</c>: <c>host:port</c> or <c>unix:/path</c>.</summary>
    public string Endpoint => server.Endpoint;

    /// <summary>
    /// The secret that the driver's JVM must show. It belongs into the JVM's environment as <c>SPARKOBS_TOKEN</c> or into a file, never
    /// into Spark's configuration, which its UI and event logs show.
    /// </summary>
    public string Token => settings.Token;

    /// <summary>
    /// What to put into Spark's configuration: the endpoint and, unless the JVM knows the token from <c>SPARKOBS_TOKEN</c>, the file
    /// that holds it. <c>spark.plugins=io.sparkobs.SparkObsPlugin</c> and the plugin's jar are the user's to add, for an application
    /// whose jar is missing would not start.
    /// </summary>
    public IReadOnlyDictionary<string, string> SparkConf { get; }

    /// <summary>Listens and exports from now on, until it is disposed.</summary>
    /// <param name="options">What differs from the defaults and the environment's variables.</param>
    /// <exception cref="SparkObsConfigurationException">A setting is wrong, or the endpoint is in use.</exception>
    public static SparkObservability Start(SparkObsOptions? options = null)
    {
        try
        {
            return new SparkObservability(SparkObsSettings.Read(options ?? new SparkObsOptions(), Environment.GetEnvironmentVariable));
        }
        catch (Exception e) when (e is BridgeException or ExportConfigurationException)
        {
            throw new SparkObsConfigurationException(e.Message, e);
        }
    }

    /// <summary>
    /// Waits until the collector has confirmed (or refused) all spans that have ended up to now. Applications that run have more
    /// later: their own span comes when they end.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting; spans go on being delivered.</param>
    /// <returns>A task that completes when they are delivered.</returns>
    public async Task FlushAsync(CancellationToken cancellationToken = default)
    {
        await server.FlushAsync(cancellationToken).ConfigureAwait(false);
        await sink.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => Task.Run(async () => await DisposeAsync().ConfigureAwait(false)).GetAwaiter().GetResult();

    /// <summary>
    /// Closes all applications, those that still run as incomplete, and delivers what is left within
    /// <see cref="SparkObsOptions.FlushTimeout"/>. Tells <see cref="SparkObsOptions.Notice"/> what could not be delivered; throws
    /// nothing.
    /// </summary>
    /// <returns>A task that completes when nothing runs any more.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        try
        {
            if (server is not null)
                await DeliverAsync().ConfigureAwait(false);
        }
        finally
        {
            await sink.DisposeAsync().ConfigureAwait(false);
            RemoveTokenFile();
        }
    }

    private async Task DeliverAsync()
    {
        using var bound = new CancellationTokenSource(settings.FlushTimeout);
        try
        {
            await server.StopAsync(EndGrace, bound.Token).ConfigureAwait(false);
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
        finally
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }
        var counts = otlp.Counts;
        if (counts.QueuedInMemory + server.SpansLost is > 0 and var left)
            settings.Notice($"{left} spans were not delivered to {settings.Otlp.DisplayEndpoint} within {settings.FlushTimeout.TotalSeconds:0.#} s");
        if (counts.QueuedOnDisk > 0)
            settings.Notice($"{counts.QueuedOnDisk} spans are kept in {settings.Otlp.QueueDirectory}; the next start sends them");
    }

    /// <summary>In a folder of its own, so that nobody else can have put the file there.</summary>
    private static string WriteTokenFile(string token)
    {
        try
        {
            var path = Path.Combine(Directory.CreateTempSubdirectory("sparkobs-").FullName, "token");
            BridgeToken.Create(path, token);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BridgeException($"cannot write a file for the token below {Path.GetTempPath()}: {e.Message}. Set {BridgeToken.Variable} instead.", e);
        }
    }

    private void RemoveTokenFile()
    {
        try
        {
            if (tokenFile is not null)
                Directory.Delete(Path.GetDirectoryName(tokenFile)!, recursive: true);
        }
        catch (IOException e)
        {
            settings.Notice($"cannot remove {tokenFile}: {e.Message}");
        }
    }
}
