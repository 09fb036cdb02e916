using SparkObs.Spark.Bridge;
using SparkObs.Spark.Export;

namespace SparkObs.Spark;

/// <summary>
/// Traces of the Spark applications of this process: takes the events that the driver's JVM sends to it, and sends spans to a
/// collector over OTLP, or through the program's own TracerProvider where <c>AddSparkObs()</c> has joined one. One serves any number of
/// applications. Dispose it after the last <c>SparkSession</c> was stopped: that delivers the last spans. The end of the process,
/// also by a signal or an exception, delivers them too.
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
    /// <summary>
    /// The ActivitySource of the program's own spans that this library makes. <see cref="Start"/> alone exports them; a
    /// TracerProvider with <c>AddSparkObs()</c> has the source.
    /// </summary>
    public const string ActivitySourceName = ProgramSpans.SourceName;

    private int disposed;

    private SparkObservability(SparkObsCore core) => Core = core;

    /// <summary>Where the driver's JVM connects to, for <c>spark.sparkobs.endpoint</c>: <c>host:port</c>, <c>tls://host:port</c> or <c>unix:/path</c>.</summary>
    public string Endpoint => Core.Endpoint;

    /// <summary>
    /// The secret that the driver's JVM must show. It belongs into the JVM's environment as <c>SPARKOBS_TOKEN</c> or into a file, never
    /// into Spark's configuration, which its UI and event logs show.
    /// </summary>
    public string Token => Core.Token;

    /// <summary>
    /// What to put into Spark's configuration: the endpoint and, unless the JVM knows the token from <c>SPARKOBS_TOKEN</c>, the file
    /// that holds it. <c>spark.plugins=io.sparkobs.SparkObsPlugin</c> and the plugin's jar are the user's to add, for an application
    /// whose jar is missing would not start.
    /// </summary>
    public IReadOnlyDictionary<string, string> SparkConf => Core.SparkConf;

    internal SparkObsCore Core { get; }

    /// <summary>
    /// Listens and exports from now on. In one process it runs once: a second call answers with the same endpoint and token, and what
    /// was started ends when all that was answered is disposed.
    /// </summary>
    /// <param name="options">
    /// What differs from the defaults and the environment's variables. Those of the first call hold; what a later one asks for beside them
    /// is not used, which <see cref="SparkObsOptions.Notice"/> is told.
    /// </param>
    /// <exception cref="SparkObsConfigurationException">A setting is wrong, or the endpoint is in use.</exception>
    public static SparkObservability Start(SparkObsOptions? options = null) => Take(options ?? new SparkObsOptions(), notice: null);

    /// <param name="notice">Where lines go that the options name no place for. Null: standard error.</param>
    /// <inheritdoc cref="Start"/>
    internal static SparkObservability Take(SparkObsOptions options, Action<string>? notice)
    {
        try
        {
            return new SparkObservability(SparkObsCore.Take(options, notice));
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
    public Task FlushAsync(CancellationToken cancellationToken = default) => Core.FlushAsync(cancellationToken);

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => SparkObsCore.Wait(() => DisposeAsync().AsTask());

    /// <summary>
    /// When nobody else has started it: closes all applications, those that still run as incomplete, and delivers what is left within
    /// <see cref="SparkObsOptions.FlushTimeout"/>. Tells <see cref="SparkObsOptions.Notice"/> what could not be delivered; throws
    /// nothing.
    /// </summary>
    /// <returns>A task that completes when nothing runs any more.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
            await Core.LetGoAsync().ConfigureAwait(false);
    }
}
