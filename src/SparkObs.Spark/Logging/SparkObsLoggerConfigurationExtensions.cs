using Serilog;
using Serilog.Configuration;
using SparkObs.Spark.Logging;

namespace SparkObs.Spark;

/// <summary>Logs of a program with Spark, by Serilog.</summary>
public static class SparkObsLoggerConfigurationExtensions
{
    /// <summary>
    /// Writes the logger's events as lines of CLEF, with trace and span, application, pod, node, namespace and container, to a file or to
    /// standard output, and to a collector over OTLP where one is named. Warnings and errors all, of the rest a part. Who logs does not
    /// wait: events go through a queue of 8,192; what finds no place is counted and told. At the end of the process, also by SIGTERM or
    /// by an exception that nobody caught, which is logged, all that was accepted is written.
    /// </summary>
    /// <param name="configuration">The logger's configuration.</param>
    /// <param name="options">What differs from the defaults and the environment's variables.</param>
    /// <returns>The same configuration.</returns>
    /// <exception cref="SparkObsConfigurationException">A setting is wrong.</exception>
    public static LoggerConfiguration SparkObs(this LoggerConfiguration configuration, SparkObsLogOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration.WriteBy(LogSettings.Read(options ?? new SparkObsLogOptions(), Environment.GetEnvironmentVariable));
    }

    internal static LoggerConfiguration WriteBy(this LoggerConfiguration configuration, LogSettings settings) =>
        configuration.Enrich.FromLogContext().WriteTo.Sink(new LogSink(settings));

    /// <summary>
    /// For loggers with sinks of their own: adds the property <c>resource</c>, which holds application, pod, node, namespace and container
    /// by OpenTelemetry's names, as far as they are known. Trace and span are Serilog's own. Lines that <see cref="SparkObsLogFormatter"/> writes need it not.
    /// </summary>
    /// <param name="enrich">The logger's enrichment.</param>
    /// <returns>The logger's configuration.</returns>
    /// <exception cref="SparkObsConfigurationException">OTEL_RESOURCE_ATTRIBUTES is wrong.</exception>
    public static LoggerConfiguration WithSparkObs(this LoggerEnrichmentConfiguration enrich)
    {
        ArgumentNullException.ThrowIfNull(enrich);
        return enrich.With(new ResourceEnricher(LogSettings.ReadResource(Environment.GetEnvironmentVariable)));
    }

    /// <summary>
    /// For loggers with sinks of their own: leaves out a part of the events below Warning, as <c>SparkObs()</c> does. Must see events on
    /// the thread that logs, not behind an asynchronous sink.
    /// </summary>
    /// <param name="filter">The logger's filter.</param>
    /// <param name="informationRate">As <see cref="SparkObsLogOptions.InformationRate"/>.</param>
    /// <param name="debugRate">As <see cref="SparkObsLogOptions.DebugRate"/>.</param>
    /// <returns>The logger's configuration.</returns>
    /// <exception cref="SparkObsConfigurationException">A rate is not from 0 to 1.</exception>
    public static LoggerConfiguration WithSparkObsSampling(this LoggerFilterConfiguration filter, double? informationRate = null, double? debugRate = null)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var settings = LogSettings.Read(new SparkObsLogOptions { InformationRate = informationRate, DebugRate = debugRate }, Environment.GetEnvironmentVariable);
        return filter.With(new LogSampler(settings.InformationRate, settings.DebugRate, settings.Resource));
    }
}
