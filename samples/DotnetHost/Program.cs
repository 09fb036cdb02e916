using DotnetHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SparkObs.Spark;

// A service with OpenTelemetry of its own that runs a PySpark job: one trace, from its own span down to the tasks, and the service's log
// lines with its ids. The collector is where OTEL_EXPORTER_OTLP_ENDPOINT says; the job is the first argument, or report.py. SPARK_HOME
// names Spark.
var builder = Host.CreateApplicationBuilder();
builder.AddSparkObs();
// By Serilog, instead of the console's lines. They are few: none is sampled out.
builder.Logging.ClearProviders().AddSparkObs(new SparkObsLogOptions { InformationRate = 1 });
builder.Services.AddOpenTelemetry()
    .ConfigureResource(resource => resource.AddService("dotnet-host"))
    .WithTracing(tracing => tracing.AddSource(DailyReport.Source.Name).AddOtlpExporter())
    .WithMetrics(metrics => metrics.AddOtlpExporter());
builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<DailyReport>(services, [args]));
using var host = builder.Build();
await host.RunAsync();
