using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Extensions.Logging;
using SparkObs.Spark.Logging;

namespace SparkObs.Spark;

/// <summary>Logs of a program with Spark, by Microsoft.Extensions.Logging.</summary>
public static class SparkObsLoggingBuilderExtensions
{
    /// <summary>
    /// Writes what the host logs as <see cref="SparkObsLoggerConfigurationExtensions.SparkObs"/> does, beside its other providers. The
    /// host's own filters hold, and scopes become properties.
    /// </summary>
    /// <param name="builder">The host's logging.</param>
    /// <param name="options">What differs from the defaults and the environment's variables.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="SparkObsConfigurationException">A setting is wrong.</exception>
    public static ILoggingBuilder AddSparkObs(this ILoggingBuilder builder, SparkObsLogOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        // Checked now, made with the first logger; whoever disposes of the host's services disposes of it.
        var settings = LogSettings.Read(options ?? new SparkObsLogOptions(), Environment.GetEnvironmentVariable);
        builder.Services.AddSingleton<ILoggerProvider>(_ => new SerilogLoggerProvider(
            new LoggerConfiguration().MinimumLevel.Verbose().WriteBy(settings).CreateLogger(), dispose: true));
        return builder;
    }
}
