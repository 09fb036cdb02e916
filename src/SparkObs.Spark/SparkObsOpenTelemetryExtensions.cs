using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using SparkObs.Spark.Export;

namespace SparkObs.Spark;

/// <summary>Joins a program's own OpenTelemetry set-up, instead of making a second one.</summary>
public static class SparkObsOpenTelemetryExtensions
{
    /// <summary>
    /// Starts the bridge with the provider (see <see cref="SparkObservability.Start"/>), and sends Spark's spans and the program's through
    /// it: its processors and exporters see them, under its resource. When the provider is disposed, what is left is delivered through
    /// it.
    /// </summary>
    /// <param name="builder">The provider's builder.</param>
    /// <param name="configure">What differs from the defaults and the environment's variables. Where spans go is the provider's to say.</param>
    /// <returns>The builder.</returns>
    public static TracerProviderBuilder AddSparkObs(this TracerProviderBuilder builder, Action<SparkObsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (configure is not null)
            builder.ConfigureServices(services => services.Configure(configure));
        return builder
            .AddSource(OtlpScope.Name, ProgramSpans.SourceName)
            .AddInstrumentation(static (services, provider) => new JoinedTracerProvider(Start(services), provider));
    }

    /// <summary>Adds the metrics of the bridge and its export. It starts nothing.</summary>
    /// <param name="builder">The provider's builder.</param>
    /// <returns>The builder.</returns>
    public static MeterProviderBuilder AddSparkObs(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter(ExportMetrics.MeterName).AddInstrumentation(
            static (_, provider) => ProgramTelemetry.JoinMeterProvider(milliseconds => provider.ForceFlush(milliseconds)));
    }

    /// <summary>Started with the options of these services; what there is to say goes to a host's log.</summary>
    internal static SparkObservability Start(IServiceProvider services)
    {
        var options = services.GetService<IOptions<SparkObsOptions>>()?.Value ?? new SparkObsOptions();
        // A provider built by itself has a logger factory that writes nowhere.
        var log = services.GetService<IHostApplicationLifetime>() is null ? null : services.GetService<ILoggerFactory>()?.CreateLogger("SparkObs.Spark");
        return SparkObservability.Take(options, log is null ? null : line => SparkObsLog.Notice(log, line));
    }

    /// <summary>The provider disposes it before its processors: what it delivers they take.</summary>
    private sealed class JoinedTracerProvider : IDisposable
    {
        private readonly SparkObservability observability;
        private readonly IDisposable turn;

        public JoinedTracerProvider(SparkObservability observability, TracerProvider provider)
        {
            this.observability = observability;
            turn = observability.Core.Join(milliseconds => provider.ForceFlush(milliseconds));
        }

        public void Dispose()
        {
            // Others may go on with it, without the provider: what is there now is still the provider's.
            observability.Core.HandOver();
            observability.Dispose();
            turn.Dispose();
        }
    }
}

internal static partial class SparkObsLog
{
    [LoggerMessage(LogLevel.Warning, "{Notice}")]
    public static partial void Notice(ILogger log, string notice);
}
