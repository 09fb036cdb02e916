using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Export;
using Trace = SparkObs.Spark.Tests.Tracing.Trace;

namespace SparkObs.Spark.Tests.InProcess;

/// <summary>In a Generic Host: started before its services, ended after them, and part of its OpenTelemetry set-up.</summary>
[Collection(nameof(OneProcessHasOneCore))]
public sealed class HostTests
{
    private const string Workload = "3.5.3/failures";

    [LogTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Joins_the_hosts_providers_once(bool saidToEach)
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.Grpc);
        var spans = new List<Activity>();
        var metrics = new List<MetricSnapshot>();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.AddSparkObs(options => options.OtlpEndpoint = collector.Endpoint.ToString());
        builder.Services.AddHostedService<Job>();
        builder.Services.AddOpenTelemetry()
            .WithTracing(tracing => (saidToEach ? tracing.AddSparkObs() : tracing).AddInMemoryExporter(spans))
            .WithMetrics(metering => (saidToEach ? metering.AddSparkObs() : metering).AddInMemoryExporter(metrics));
        using (var host = builder.Build())
        {
            await host.StartAsync();
            await host.StopAsync();
        }

        var replayed = (await Trace.OfLogAsync(TestLogs.Workload(Workload))).Spans.Select(span => span.Id.ToString()).Order();
        Assert.Equal(replayed, spans.Where(span => !span.DisplayName.EndsWith(" started", StringComparison.Ordinal)).Select(span => span.SpanId.ToHexString()).Order());
        // Bridges that other tests have killed are measured, too.
        Assert.Contains(spans.Count, Sums(metrics, "sparkobs.bridge.spans.built"));
        Assert.Equal(spans.Count, Sums(metrics, "sparkobs.export.spans").Last());
        Assert.Empty(collector.Received);
        Assert.Null(SparkObsCore.Current);
    }

    [LogFact]
    public async Task Without_providers_it_exports_by_itself()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.Grpc);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHostedService<Job>();
        builder.Services.AddSparkObs(options => options.OtlpEndpoint = collector.Endpoint.ToString());
        using var host = builder.Build();

        await host.StartAsync();
        await host.StopAsync();

        Assert.Equal(1, collector.Received.SelectMany(request => request.Spans).Count(span => span.Name == "application"));
        Assert.Null(SparkObsCore.Current);
    }

    [Fact]
    public async Task What_there_is_to_say_is_in_the_hosts_log()
    {
        var log = new Lines();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.AddSparkObs(options => options.FlushTimeout = TimeSpan.FromSeconds(2));
        using var host = builder.Build();
        await host.StartAsync();

        await using var second = SparkObservability.Start(new SparkObsOptions { AllTasks = true });
        await host.StopAsync();

        Assert.Equal(
            ["Warning SparkObs.Spark: it runs already in this process, with the options of its first start; these are not used: AllTasks"],
            log.Where(line => line.StartsWith("Warning", StringComparison.Ordinal)));
    }

    /// <summary>The counters of this name, each time they were measured.</summary>
    private static IEnumerable<long> Sums(List<MetricSnapshot> metrics, string name) =>
        metrics.Where(metric => metric.Name == name).Select(metric => metric.MetricPoints.Sum(point => point.GetSumLong()));

    /// <summary>Its job runs until it is stopped: what comes then must still be taken.</summary>
    private sealed class Job(SparkObservability observability) : IHostedService
    {
        private RecordedDriver? driver;

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            driver = await RecordedDriver.ConnectAsync(observability, Workload);
            await driver.SendAsync(allBut: 1);
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            await driver!.SendAsync();
            driver.Dispose();
        }
    }

    private sealed class Lines : List<string>, ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new OneCategory(this, categoryName);

        public void Dispose() { }

        private sealed class OneCategory(Lines lines, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                lock (lines)
                    lines.Add($"{logLevel} {category}: {formatter(state, exception)}");
            }
        }
    }
}
