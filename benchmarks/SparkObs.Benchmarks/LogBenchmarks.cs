using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Compact;
using SparkObs.Spark;
using SparkObs.Spark.Logging;

namespace SparkObs.Benchmarks;

/// <summary>
/// What a log line costs: by the same pipeline with and without enriching and sampling, formatted on the thread that logs, so that all
/// of the cost is seen; and by an event that no sink wants, which leaves what the thread that logs pays. Rates are just below 1, so that
/// sampling decides and every line is written.
/// </summary>
[MemoryDiagnoser, MinColumn]
public class LogBenchmarks
{
    private const double AlmostAll = 0.9999;
    private Activity activity = null!;
    private Logger ours = null!, oursPlain = null!, composed = null!, composedOurs = null!, composedPlain = null!, enriched = null!, plain = null!;

    [GlobalSetup]
    public void Setup()
    {
        foreach (var (name, value) in new[] { ("POD_NAME", "daily-report-1b2c3d4e5f60718-driver"), ("POD_NAMESPACE", "analytics"), ("NODE_NAME", "worker-17.eu-central-1.compute.internal"), ("CONTAINER_NAME", "spark-kubernetes-driver"), ("SPARK_APPLICATION_ID", "spark-4f0c8f3e5d6b4a7c9e1d2f3a4b5c6d7e"), ("OTEL_SERVICE_NAME", "daily-report") })
            Environment.SetEnvironmentVariable(name, value);
        activity = new Activity("driver").Start();
        var resource = LogResource.Read(Environment.GetEnvironmentVariable);
        var nobody = new LogResource(new PodInfo(), null, []);
        ours = new LoggerConfiguration().WriteTo.Sink(new Lines(resource, new LogSampler(AlmostAll, 0, resource))).CreateLogger();
        oursPlain = new LoggerConfiguration().WriteTo.Sink(new Lines(nobody, null)).CreateLogger();
        composed = new LoggerConfiguration().Enrich.WithSparkObs().Filter.WithSparkObsSampling(AlmostAll).WriteTo.Sink(new Text(new CompactJsonFormatter())).CreateLogger();
        composedOurs = new LoggerConfiguration().Filter.WithSparkObsSampling(AlmostAll).WriteTo.Sink(new Text(new SparkObsLogFormatter())).CreateLogger();
        composedPlain = new LoggerConfiguration().WriteTo.Sink(new Text(new CompactJsonFormatter())).CreateLogger();
        enriched = new LoggerConfiguration().Enrich.WithSparkObs().Filter.WithSparkObsSampling(AlmostAll).WriteTo.Sink(new Nowhere()).CreateLogger();
        plain = new LoggerConfiguration().WriteTo.Sink(new Nowhere()).CreateLogger();
    }

    [GlobalCleanup]
    public void Cleanup() => activity.Stop();

    /// <summary>Lines as <c>SparkObs()</c> writes them, without resource and sampling.</summary>
    [Benchmark]
    public void Lines_without() => Write(oursPlain);

    [Benchmark]
    public void Lines_with() => Write(ours);

    /// <summary>Serilog's own formatter, without <c>WithSparkObs()</c> and <c>WithSparkObsSampling()</c>.</summary>
    [Benchmark]
    public void Composed_without() => Write(composedPlain);

    /// <summary><c>WithSparkObs()</c>, its property formatted by Serilog.</summary>
    [Benchmark]
    public void Composed_with_enricher() => Write(composed);

    /// <summary>Our formatter instead.</summary>
    [Benchmark]
    public void Composed_with_formatter() => Write(composedOurs);

    /// <summary>Nothing is formatted: what the thread that logs pays before a sink that is asynchronous.</summary>
    [Benchmark]
    public void Event_without() => Write(plain);

    [Benchmark]
    public void Event_with() => Write(enriched);

    /// <summary>Two properties; the third one is in the room that the event's dictionary has.</summary>
    private static void Write(Logger logger) => logger.Information("Read {Rows} rows of {Table}", 123_456, "orders");

    private sealed class Lines(LogResource resource, LogSampler? sampler) : ILogEventSink
    {
        private readonly ClefLines lines = new(resource);

        public void Emit(LogEvent logEvent)
        {
            if (sampler?.IsEnabled(logEvent) == false)
                return;
            lines.Clear();
            lines.Add(logEvent);
        }
    }

    private sealed class Text(ITextFormatter formatter) : ILogEventSink
    {
        private static readonly StringWriter Written = new();

        public void Emit(LogEvent logEvent)
        {
            Written.GetStringBuilder().Clear();
            formatter.Format(logEvent, Written);
        }
    }

    private sealed class Nowhere : ILogEventSink
    {
        public void Emit(LogEvent logEvent)
        {
        }
    }
}
