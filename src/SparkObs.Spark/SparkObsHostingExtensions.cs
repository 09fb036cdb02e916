using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace SparkObs.Spark;

/// <summary>SparkObs in a Generic Host.</summary>
public static class SparkObsHostingExtensions
{
    /// <summary>
    /// Starts the bridge before the host's services and ends it after them; <see cref="SparkObservability"/> is then a service, whose
    /// <see cref="SparkObservability.SparkConf"/> the job needs. Where the services have a TracerProvider or a MeterProvider
    /// (<c>AddOpenTelemetry()</c>), it joins them as their own <c>AddSparkObs()</c> does; else it exports by itself, as
    /// <see cref="SparkObservability.Start"/> does.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">What differs from the defaults and the environment's variables.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddSparkObs(this IServiceCollection services, Action<SparkObsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
            services.Configure(configure);
        services.TryAddSingleton(SparkObsOpenTelemetryExtensions.Start);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, SparkObsHostedService>());
        services.ConfigureOpenTelemetryTracerProvider(static builder => builder.AddSparkObs());
        services.ConfigureOpenTelemetryMeterProvider(static builder => builder.AddSparkObs());
        return services;
    }

    /// <inheritdoc cref="AddSparkObs(IServiceCollection, Action{SparkObsOptions}?)"/>
    /// <param name="builder">The host's builder.</param>
    /// <param name="configure">What differs from the defaults and the environment's variables.</param>
    /// <returns>The builder.</returns>
    public static IHostApplicationBuilder AddSparkObs(this IHostApplicationBuilder builder, Action<SparkObsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSparkObs(configure);
        return builder;
    }
}
