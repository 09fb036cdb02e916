using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;
using SparkObs.Spark.Events;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Bridge;
using SparkObs.Spark.Tests.InProcess;
using SparkObs.Spark.Tests.Tracing;
using SparkObs.Spark.Tracing;
using ExportResult = OpenTelemetry.ExportResult;
using TraceOptions = SparkObs.Spark.Tracing.TraceOptions;
using SpanKind = SparkObs.Spark.Tracing.SpanKind;
using Trace = SparkObs.Spark.Tests.Tracing.Trace;

namespace SparkObs.Spark.Tests.Export;

/// <summary>
/// What a TracerProvider's exporters get is what the direct sink sends. Two exceptions: an Activity is 100 ns long at least, and what only
/// the application's resource says stands on spans.
/// </summary>
[Collection(nameof(OneProcessHasOneCore))]
public sealed class ActivitySinkTests : IDisposable
{
    private static readonly string[] OfApplication = ["spark.app.id", "spark.app.name", "spark.app.attempt_id", "spark.version"];

    private readonly List<Activity> exported = [];
    private readonly List<string> notices = [];
    private TracerProvider? provider;

    public void Dispose() => provider?.Dispose();

    [LogTheory]
    [MemberData(nameof(LiveReplayTests.Workloads), MemberType = typeof(LiveReplayTests))]
    public async Task Recorded_spans_are_those_of_the_direct_sink(string workload)
    {
        var sink = Sink(new AlwaysOnSampler());
        var batches = BatchesOf(workload);
        var expected = batches.SelectMany(batch => Trace.SpansOf(batch).Select(span => Expected(span, batch.Resource))).ToList();

        foreach (var batch in batches)
            await sink.WriteAsync(batch, default);
        await sink.FlushAsync(default);

        Assert.Equal(TestSink.TextsOf(expected), TestSink.TextsOf(exported.Select(SpanOf)));
        Assert.Empty(notices);
    }

    [Fact]
    public async Task Kinds_statuses_values_and_the_clock_of_calls()
    {
        var sink = Sink(new AlwaysOnSampler());
        var batch = new SpanBatch();
        ref var call = ref batch.Begin("call", Batches.Trace, new SpanId(1), new SpanId(2), 1_700_000_000_000, 1_700_000_000_001);
        (call.Kind, call.ParentIsRemote, call.Status, call.StatusMessage, call.StartNanos, call.EndNanos) = (SpanKind.Client, true, SpanStatus.Error, "why", 123_000, 999_000);
        batch.Set(new AttributeKey("double"), 0.5);
        batch.Set(new AttributeKey("true"), true);
        batch.Set(new AttributeKey("ints"), [1L, -1L]);
        batch.Set(new AttributeKey("texts"), ["a", ""]);
        batch.AddEvent("event", 1_700_000_000_000);
        batch.Set(new AttributeKey("of event"), 7);
        batch.AddLink(Batches.Trace, new SpanId(9));
        batch.Set(new AttributeKey("of link"), "x");
        batch.End();
        batch.Begin("server", Batches.Trace, new SpanId(3), default, 1, 2).Kind = SpanKind.Server;
        batch.Current.Status = SpanStatus.Ok;
        batch.End();
        var expected = Trace.SpansOf(batch);

        await sink.WriteAsync(batch, default);

        var spans = exported.Select(SpanOf).ToList();
        Assert.Equal(TestSink.TextsOf(expected), TestSink.TextsOf(spans));
        Assert.Equal(expected.Select(span => span.Nanos), spans.Select(span => span.Nanos));
    }

    [Fact]
    public async Task Without_given_ids_links_say_what_belongs_together()
    {
        var sink = Sink(new AlwaysOnSampler(), givesIds: false);
        var batch = new SpanBatch();
        batch.Begin("application", Batches.Trace, new SpanId(1), new SpanId(8), 1, 9).ParentIsRemote = true;
        batch.End();
        batch.Begin("job", Batches.Trace, new SpanId(2), new SpanId(1), 2, 3);
        batch.End();
        using var mine = new Activity("mine").Start();

        await sink.WriteAsync(batch, default);

        Assert.Same(mine, Activity.Current);
        Assert.All(exported, span => Assert.Equal(Batches.Trace.ToString(), span.TraceId.ToHexString()));
        Assert.Equal(2, exported.Select(span => span.SpanId).Except([new SpanId(1).ToActivity(), new SpanId(2).ToActivity()]).Count());
        Assert.Equal(["0000000000000008", "0000000000000000"], exported.Select(span => span.ParentSpanId.ToHexString()));
        Assert.Equal(["0000000000000001", "0000000000000002"], exported.Select(span => span.GetTagItem("sparkobs.span_id")));
        Assert.Empty(exported[0].Links);
        var link = Assert.Single(exported[1].Links);
        Assert.Equal(("0000000000000001", "parent"), (link.Context.SpanId.ToHexString(), link.Tags!.Single().Value));
        Assert.Equal(["this .NET runtime does not let span ids be given: Spark's spans have random ids, and point to their parents by links."], notices);
    }

    [Fact]
    public void This_runtime_lets_ids_be_given() => Assert.True(ActivityIds.CanBeGiven);

    [Theory]
    [InlineData("off", 0, 3)]
    [InlineData("parent based off", 3, 0)]
    [InlineData("none of the traces", 0, 3)]
    [InlineData("all of the traces", 3, 0)]
    public async Task What_a_sampler_leaves_out_is_counted_and_told(string name, int handedOver, int unsampled)
    {
        Sampler sampler = name switch
        {
            "off" => new AlwaysOffSampler(),
            "parent based off" => new ParentBasedSampler(new AlwaysOffSampler()),
            _ => new TraceIdRatioBasedSampler(name.StartsWith("all", StringComparison.Ordinal) ? 1 : 0),
        };
        var sink = Sink(sampler);
        using var counts = new SpanOutcomes();

        await sink.WriteAsync(Batches.Small(3), default);
        await sink.WriteAsync(Batches.Small(0), default);

        Assert.Equal(handedOver, exported.Count);
        Assert.Equal((handedOver, unsampled), (counts["handed_over"], counts["unsampled"]));
        Assert.Equal(unsampled == 0 ? [] : ["the sampler of the program's TracerProvider leaves spans of Spark's out; they are counted (sparkobs.export.spans)."], notices);
    }

    [Fact]
    public async Task A_processor_that_throws_costs_no_other_span()
    {
        var sink = Sink(new AlwaysOnSampler(), before: new ThrowingProcessor());

        await sink.WriteAsync(Batches.Small(3), default);

        Assert.Equal(["0000000000000001", "0000000000000003"], exported.Select(span => span.SpanId.ToHexString()));
        Assert.Equal(["a processor of the program's TracerProvider failed with a span of Spark's: no 2"], notices);
    }

    /// <summary>The queue of OpenTelemetry's processor takes 2,048, and drops the rest.</summary>
    [Fact]
    public async Task A_batching_processor_drops_nothing_as_long_as_it_delivers()
    {
        var slow = new SlowExporter();
        var sink = Sink(new AlwaysOnSampler(), before: new BatchActivityExportProcessor(slow));

        await sink.WriteAsync(Batches.Small(10_000), default);
        await sink.FlushAsync(default);

        Assert.Equal(10_000, slow.Spans);
    }

    [Fact]
    public async Task A_provider_that_does_not_deliver_is_not_waited_for_again()
    {
        var asked = 0;
        var sink = Sink(new AlwaysOnSampler());
        sink.Join(_ =>
        {
            asked++;
            return false;
        });

        await sink.WriteAsync(Batches.Small(5_000), default);

        Assert.Equal((1, 5_000), (asked, exported.Count));
        Assert.Equal(["the program's TracerProvider did not deliver within 5 s; what its processors have no room for they drop."], notices);
    }

    private ActivitySink Sink(Sampler sampler, bool? givesIds = null, BaseProcessor<Activity>? before = null)
    {
        var builder = Sdk.CreateTracerProviderBuilder().SetSampler(sampler).AddSource("SparkObs.Spark");
        if (before is not null)
            builder.AddProcessor(before);
        var built = provider = builder.AddInMemoryExporter(exported).Build();
        var sink = new ActivitySink(notices.Add, givesIds);
        sink.Join(milliseconds => built.ForceFlush(milliseconds));
        return sink;
    }

    private static List<SpanBatch> BatchesOf(string workload)
    {
        var batches = new List<SpanBatch>();
        var builder = new TraceBuilder(new TraceOptions(), new SpanBatchPool());
        var reader = new EventReader();
        foreach (var line in TestLogs.Lines(workload))
        {
            if (reader.Read(line, out var e) == LineOutcome.Event)
                builder.Add(e!);
            builder.WriteMarkers(builder.LastEventMs + 20_000);
            if (builder.TakeBatch() is { } batch)
                batches.Add(batch);
        }
        builder.Complete();
        if (builder.TakeBatch() is { } last)
            batches.Add(last);
        return batches;
    }

    private static TestSpan Expected(TestSpan span, SpanResource resource)
    {
        var isApplication = span.Name is SpanNames.Application or SpanNames.ApplicationStarted;
        var own = resource.Attributes.Where(attribute => isApplication ? OfApplication.Contains(attribute.Key.Name) : attribute.Key.Name == "spark.app.id");
        return span with { Attributes = [.. span.Attributes, .. own.Select(attribute => new KeyValuePair<string, object>(attribute.Key.Name, attribute.AsString))] };
    }

    private static TestSpan SpanOf(Activity activity)
    {
        var start = (activity.StartTimeUtc - DateTime.UnixEpoch).Ticks;
        var end = start + activity.Duration.Ticks - (activity.Duration.Ticks == 1 ? 1 : 0);
        return new TestSpan(
            activity.TraceId.ToTraceId(), activity.SpanId.ToSpanId(), activity.ParentSpanId.ToSpanId(), activity.HasRemoteParent, activity.DisplayName,
            Enum.Parse<SpanKind>(activity.Kind.ToString()), Enum.Parse<SpanStatus>(activity.Status.ToString()), activity.StatusDescription,
            start / TimeSpan.TicksPerMillisecond, end / TimeSpan.TicksPerMillisecond, Copy(activity.TagObjects),
            [.. activity.Events.Select(e => new TestSpanEvent(e.Name, e.Timestamp.ToUnixTimeMilliseconds(), Copy(e.Tags)))],
            [.. activity.Links.Select(link => new TestSpanLink(link.Context.TraceId.ToTraceId(), link.Context.SpanId.ToSpanId(), Copy(link.Tags!)))])
        {
            Nanos = ((int)(start % TimeSpan.TicksPerMillisecond) * 100, (int)(end % TimeSpan.TicksPerMillisecond) * 100),
        };
    }

    private static List<KeyValuePair<string, object>> Copy(IEnumerable<KeyValuePair<string, object?>> tags) => [.. tags.Select(tag => new KeyValuePair<string, object>(tag.Key, tag.Value!))];

    private sealed class ThrowingProcessor : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data)
        {
            if (data.SpanId == new SpanId(2).ToActivity())
                throw new InvalidOperationException("no 2");
        }
    }

    private sealed class SlowExporter : BaseExporter<Activity>
    {
        public int Spans { get; private set; }

        public override ExportResult Export(in Batch<Activity> batch)
        {
            Thread.Sleep(20);
            Spans += (int)batch.Count;
            return ExportResult.Success;
        }
    }
}
