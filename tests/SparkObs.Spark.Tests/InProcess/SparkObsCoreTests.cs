using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Trace;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Export;
using Trace = SparkObs.Spark.Tests.Tracing.Trace;

namespace SparkObs.Spark.Tests.InProcess;

/// <summary>One thing runs in a process, whoever started it and how often; spans go one way.</summary>
[Collection(nameof(OneProcessHasOneCore))]
public sealed class SparkObsCoreTests
{
    private const string Workload = "3.5.3/failures";

    private readonly List<string> notices = [];
    private readonly List<Activity> exported = [];

    [LogFact]
    public async Task Started_twice_it_runs_once_and_the_last_one_ends_it()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.Grpc);
        var first = SparkObservability.Start(Options(collector));
        var second = SparkObservability.Start(new SparkObsOptions { OtlpEndpoint = "http://other:1", AllTasks = true, ResourceAttributes = { ["a"] = "b" } });
        Assert.Equal((first.Endpoint, first.Token), (second.Endpoint, second.Token));
        Assert.Equal(["it runs already in this process, with the options of its first start; these are not used: OtlpEndpoint, AllTasks, ResourceAttributes"], notices);

        await first.DisposeAsync();
        await first.DisposeAsync();
        using (var driver = await RecordedDriver.ConnectAsync(second, Workload))
            await driver.SendAsync();
        await second.DisposeAsync();

        Assert.Equal(await ReplayedIdsAsync(), Ids(collector));
        Assert.Null(SparkObsCore.Current);
        await using var next = SparkObservability.Start(Options(collector));
        Assert.NotEqual(first.Endpoint, next.Endpoint);
    }

    [LogFact]
    public async Task Through_a_provider_that_joined_and_not_to_the_collector_as_well()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.Grpc);
        await using var alone = SparkObservability.Start(Options(collector));
        var provider = Provider();
        using (var driver = await RecordedDriver.ConnectAsync(alone, Workload))
            await driver.SendAsync();

        provider.Dispose();

        Assert.Equal(await ReplayedIdsAsync(), Ids(exported));
        Assert.Empty(collector.Received);

        using (var driver = await RecordedDriver.ConnectAsync(alone, "3.5.3/rdd-core"))
            await driver.SendAsync();
        await alone.DisposeAsync();
        Assert.Equal(await ReplayedIdsAsync("3.5.3/rdd-core"), Ids(collector));
        Assert.Empty(notices);
    }

    [LogFact]
    public async Task A_provider_alone_starts_and_its_end_delivers_what_is_open()
    {
        using var provider = Sdk.CreateTracerProviderBuilder().AddSparkObs(options => options.Notice = notices.Add).AddInMemoryExporter(exported).Build();
        await using (var second = SparkObservability.Start())
        {
            using var driver = await RecordedDriver.ConnectAsync(second, Workload);
            await driver.SendAsync(allBut: 1);
        }

        provider.Dispose();

        var application = exported.Single(span => span.DisplayName == "application");
        Assert.Equal(true, application.GetTagItem("sparkobs.incomplete"));
        Assert.Equal(await ReplayedIdsAsync(), Ids(exported));
        Assert.Null(SparkObsCore.Current);
        Assert.Empty(notices);
    }

    [Fact]
    public async Task Programs_own_spans_are_exported_by_start_alone_and_by_a_provider_once()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        using var variables = new Variables(("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
        await using var alone = SparkObservability.Start(Options(collector));
        using (ProgramSpans.Source.StartActivity("before")) { }
        using (Provider())
        {
            using (ProgramSpans.Source.StartActivity("through the provider")) { }
        }
        using (ProgramSpans.Source.StartActivity("after")) { }
        using (var incomplete = ProgramSpans.Source.StartActivity("open"))
        {
            ProcessEnd.Run(new ProcessEndCause(null, PosixSignal.SIGTERM));
            Assert.True(incomplete!.IsStopped);
        }

        Assert.Equal(["through the provider"], exported.Select(span => span.DisplayName));
        var spans = collector.Received.SelectMany(request => request.Spans).OrderBy(span => span.Start).ToList();
        Assert.Equal(["before", "after", "open"], spans.Select(span => span.Name));
        Assert.Equal((2, "The program ended before it"), (spans[2].StatusCode, spans[2].StatusMessage));
        Assert.Contains("sparkobs.incomplete=true", spans[2].Attributes, StringComparison.Ordinal);
    }

    [LogTheory]
    [InlineData(null)]
    [InlineData("none")]
    public async Task Metrics_are_sent_by_start_alone_unless_they_are_turned_off(string? exporter)
    {
        var metrics = new ConcurrentQueue<byte[]>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var collector = builder.Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.MapPost("/v1/traces", () => Results.Ok());
        collector.MapPost("/v1/metrics", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            metrics.Enqueue(body.ToArray());
        });
        await collector.StartAsync();
        using var variables = new Variables(("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRICS_EXPORTER", exporter));

        await using (var observability = SparkObservability.Start(new SparkObsOptions { OtlpEndpoint = collector.Urls.Single(), Notice = notices.Add }))
        {
            using var driver = await RecordedDriver.ConnectAsync(observability, Workload);
            await driver.SendAsync();
        }

        var names = new[] { "sparkobs.bridge.spans.built", "sparkobs.export.spans" };
        Assert.Equal(exporter is null ? 1 : 0, metrics.Count);
        Assert.All(metrics, body => Assert.All(names, name => Assert.NotEqual(-1, body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(name)))));
        Assert.Empty(notices);
    }

    [LogFact]
    public async Task Exception_that_nobody_caught_stands_on_the_application_that_ran()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.Grpc);
        await using var observability = SparkObservability.Start(Options(collector));
        using var ended = await RecordedDriver.ConnectAsync(observability, "3.5.3/rdd-core");
        await ended.SendAsync();
        using var running = await RecordedDriver.ConnectAsync(observability, Workload);
        await running.SendAsync(allBut: 1);

        ProcessEnd.Run(new ProcessEndCause(new AggregateException(new InvalidOperationException("no more: password=hunter2")), null));
        ProcessEnd.Run(default);
        await observability.DisposeAsync();

        var applications = collector.Received.SelectMany(request => request.Spans).Where(span => span.Name == "application").OrderBy(span => span.StatusCode).ToList();
        Assert.Equal([(0, ""), (2, "no more: password=*********(redacted)")], applications.Select(span => (span.StatusCode, span.StatusMessage)));
        Assert.Contains("error.type='System.InvalidOperationException'", applications[1].Attributes, StringComparison.Ordinal);
        Assert.Contains("sparkobs.incomplete=true", applications[1].Attributes, StringComparison.Ordinal);
        Assert.DoesNotContain("sparkobs.incomplete", applications[0].Attributes, StringComparison.Ordinal);
    }

    /// <summary>The next bridge tells it again as it was told.</summary>
    [LogFact]
    public async Task Exception_is_in_the_journal_of_a_run_whose_spans_were_not_delivered()
    {
        using var folder = new Events.TempFolder();
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.Grpc);
        collector.Answer = (_, _) => Answer.Hang;
        var options = Options(collector);
        (options.DataDirectory, options.FlushTimeout) = (folder.Path, TimeSpan.FromSeconds(6));
        await using (var observability = SparkObservability.Start(options))
        {
            using var running = await RecordedDriver.ConnectAsync(observability, Workload);
            await running.SendAsync(allBut: 1);
            ProcessEnd.Run(new ProcessEndCause(new InvalidOperationException("why"), null));
        }

        await using var working = await MockCollector.StartAsync(OtlpProtocol.Grpc);
        options.OtlpEndpoint = working.Endpoint.ToString();
        options.FlushTimeout = null;
        await using (SparkObservability.Start(options)) { }

        var application = working.Received.SelectMany(request => request.Spans).Where(span => span.Name == "application").DistinctBy(span => span.Attributes + span.StatusMessage).Single();
        Assert.Equal((2, "why"), (application.StatusCode, application.StatusMessage));
        Assert.Equal(await ReplayedIdsAsync(), Ids(working).Distinct());
    }

    [Fact]
    public void Every_option_of_a_later_start_that_is_not_used_is_named()
    {
        Assert.All(typeof(SparkObsOptions).GetProperties().Where(property => property.CanWrite && property.SetMethod!.IsPublic), property =>
        {
            object value = property.PropertyType == typeof(string) ? "x" : property.PropertyType == typeof(bool?) ? true
                : property.PropertyType == typeof(TimeSpan?) ? TimeSpan.FromSeconds(30) : new Action<string>(notices.Add);
            var options = new SparkObsOptions();
            property.SetValue(options, value);

            Assert.Equal([property.Name], options.DifferFrom(new SparkObsOptions()));
            Assert.Empty(options.DifferFrom(options.Copy()));
            Assert.Empty(new SparkObsOptions().DifferFrom(options));
        });
    }

    [Theory]
    [InlineData(null, null, null, true)]
    [InlineData("none", null, null, false)]
    [InlineData("console", null, "http://a:1", false)]
    [InlineData("otlp", null, null, true)]
    [InlineData(null, "http://traces:1", null, false)]
    [InlineData(null, "http://traces:1", "http://metrics:1", true)]
    public void Metrics_go_where_a_collector_for_them_is(string? exporter, string? traces, string? metrics, bool goes)
    {
        var variables = new Dictionary<string, string?>
        {
            ["OTEL_METRICS_EXPORTER"] = exporter, ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = traces, ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = metrics,
        };

        Assert.Equal(goes, SparkObsSettings.Read(new SparkObsOptions(), variables.GetValueOrDefault).ExportsMetrics);
    }

    private SparkObsOptions Options(MockCollector collector) => new() { OtlpEndpoint = collector.Endpoint.ToString(), Notice = notices.Add };

    private TracerProvider Provider() => Sdk.CreateTracerProviderBuilder().AddSparkObs().AddInMemoryExporter(exported).Build();

    private static async Task<IEnumerable<string>> ReplayedIdsAsync(string workload = Workload) =>
        (await Trace.OfLogAsync(TestLogs.Workload(workload))).Spans.Select(span => span.Id.ToString()).Order();

    private static IEnumerable<string> Ids(MockCollector collector) =>
        collector.Received.SelectMany(request => request.Spans).Where(span => !span.Name.EndsWith(" started", StringComparison.Ordinal)).Select(span => span.SpanId).Order();

    private static IEnumerable<string> Ids(IEnumerable<Activity> spans) =>
        spans.Where(span => !span.DisplayName.EndsWith(" started", StringComparison.Ordinal)).Select(span => span.SpanId.ToHexString()).Order();
}
