using System.Diagnostics;
using System.Text.Json;
using Microsoft.Spark;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests;

/// <summary>A worker's process has one exporter; so have these tests, and a collector to it.</summary>
public sealed class WorkerProcess : IAsyncLifetime
{
    internal MockCollector Collector { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Collector = await MockCollector.StartAsync(OtlpProtocol.Grpc);
        Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT", Collector.Endpoint.ToString());
        Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
        Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_TIMEOUT", "1000");
        Environment.SetEnvironmentVariable("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test");
    }

    public async Task DisposeAsync() => await Collector.DisposeAsync();
}

public sealed class SparkObsTaskTests(WorkerProcess worker) : IClassFixture<WorkerProcess>
{
    private const string Seed = "0af7651916cd43dd8448eb211c80319c";

    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("tests", "vectors", "parents.json"))).RootElement;

    public static TheoryData<string> Parents() => [.. Vectors.GetProperty("cases").EnumerateArray().Select(v => v.GetProperty("name").GetString()!)];

    private static Dictionary<string, string> Application => new()
    {
        ["spark.sparkobs.id"] = Seed,
        ["spark.sparkobs.traceId"] = Seed,
        ["spark.app.id"] = "local-1",
        ["spark.app.name"] = "report",
    };

    private static string TaskSpan(long id) => new SpanIds(Seed).Task(id).ToString();

    [Theory]
    [MemberData(nameof(Parents))]
    public void Parent_is_the_task_in_the_trace_of_its_job(string name)
    {
        var vector = Vectors.GetProperty("cases").EnumerateArray().Single(v => v.GetProperty("name").GetString() == name);
        var properties = Application;
        foreach (var property in vector.GetProperty("properties").EnumerateObject())
            properties[property.Name] = property.Value.GetString()!;
        Assert.Equal(Seed, Vectors.GetProperty("seed").GetString());

        Worker.Run(7, properties, () =>
        {
            using var task = SparkObsTask.Start("lookup");
            Assert.Equal(
                (vector.GetProperty("trace").GetString()!, TaskSpan(7), vector.GetProperty("sampled").GetBoolean()),
                (task.Activity!.TraceId.ToString(), task.Activity.ParentSpanId.ToString(), task.Activity.Recorded));
        });
    }

    [Fact]
    public void The_callers_trace_is_that_of_the_application_too()
    {
        var properties = Application;
        properties["spark.sparkobs.traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
        Worker.Run(7, properties, () =>
        {
            using var task = SparkObsTask.Start("lookup");
            Assert.Equal(("4bf92f3577b34da6a3ce929d0e0e4736", false), (task.Activity!.TraceId.ToString(), task.Activity.Recorded));
        });
    }

    [Fact]
    public void Without_a_task_or_the_plugin_it_does_nothing()
    {
        using (var outside = SparkObsTask.Start("lookup"))
            Assert.Null(outside.Activity);
        foreach (var seed in new[] { "", new string('0', 32), "not an id" })
            Worker.Run(7, new() { ["spark.sparkobs.id"] = seed }, () => Assert.Null(SparkObsTask.Start("lookup").Activity));
        Worker.Run(7, [], () => Assert.Null(SparkObsTask.Start("lookup").Activity));
        Assert.Null(Activity.Current);
    }

    [Fact]
    public void An_activity_that_an_earlier_task_never_ended_is_nobodys_parent()
    {
        Worker.Run(1, Application, () => SparkObsTask.Start("never ended"));
        Worker.Run(2, Application, () =>
        {
            using var task = SparkObsTask.Start("lookup");
            Assert.Equal(TaskSpan(2), task.Activity!.ParentSpanId.ToString());
        });
        Activity.Current = null;
    }

    [Fact]
    public async Task Spans_arrive_with_their_parents_also_those_of_other_threads()
    {
        List<Activity> started = [];
        Worker.Run(7, Application, () =>
        {
            using var outer = SparkObsTask.Start("lookup");
            outer.Activity!.SetTag("cache", "prices").SetTag("hit", true).SetTag("rows", 3).SetTag("share", 0.5).SetStatus(ActivityStatusCode.Error, "gone");
            // The pool's threads know no task, but the activity flows.
            Task.Run(() =>
            {
                using var inner = SparkObsTask.Start("request");
                started.Add(inner.Activity!);
            }).GetAwaiter().GetResult();
            started.Add(outer.Activity);
        });
        var request = await ArrivedAsync(started[1].SpanId.ToString());

        Assert.True(request.Compressed);
        Assert.Contains("SparkObs.Spark.Program", ProtobufDecoder.Decode(request.Body).Scope, StringComparison.Ordinal);
        Assert.Equal(
            "service.name='report';service.instance.id='local-1';spark.app.id='local-1';spark.app.name='report';deployment.environment='test';",
            ProtobufDecoder.Decode(request.Body).Resource);
        var (inner, outer) = (started[0], started[1]);
        Assert.Equal(
            [
                new DecodedSpan
                {
                    TraceId = Seed, SpanId = inner.SpanId.ToString(), ParentId = outer.SpanId.ToString(), Name = "request", Kind = 1, Flags = 0x101,
                    Start = Nanos(inner.StartTimeUtc), End = Nanos(inner.StartTimeUtc + inner.Duration), Attributes = "spark.task.id=7;",
                },
                new DecodedSpan
                {
                    TraceId = Seed, SpanId = outer.SpanId.ToString(), ParentId = TaskSpan(7), Name = "lookup", Kind = 1, Flags = 0x301,
                    Start = Nanos(outer.StartTimeUtc), End = Nanos(outer.StartTimeUtc + outer.Duration), StatusCode = 2, StatusMessage = "gone",
                    Attributes = $"spark.task.id=7;cache='prices';hit=true;rows=3;share={BitConverter.DoubleToInt64Bits(0.5)}d;",
                },
            ],
            request.Spans.Where(span => started.Any(activity => activity.SpanId.ToString() == span.SpanId)));
    }

    [Fact]
    public async Task A_collector_that_hangs_costs_spans_beyond_a_bound_and_nothing_else()
    {
        worker.Collector.Answer = static (_, _) => Answer.Hang;
        Worker.Run(7, Application, () =>
        {
            for (var i = 0; i < 100_000; i++)
                SparkObsTask.Start("row").Dispose();
        });
        Assert.Null(Activity.Current);
        worker.Collector.Answer = static (_, _) => Answer.Ok;
        // Once there is room again, spans arrive as before.
        while (!worker.Collector.Confirmed.Any(request => request.Spans.Any(span => span.Name == "probe")))
        {
            await Task.Delay(200);
            Worker.Run(8, Application, () => SparkObsTask.Start("probe").Dispose());
        }
        Assert.InRange(worker.Collector.Confirmed.SelectMany(request => request.Spans).Count(span => span.Name == "row"), 1, 4096);
    }

    private async Task<Received> ArrivedAsync(string spanId)
    {
        for (var waited = 0; waited < 1200; waited++)
        {
            if (worker.Collector.Confirmed.FirstOrDefault(request => request.Ids.Contains(spanId)) is { } request)
                return request;
            await Task.Delay(50);
        }
        throw new TimeoutException("the span did not arrive");
    }

    private static ulong Nanos(DateTime time) => (ulong)(time - DateTime.UnixEpoch).Ticks * 100;
}
