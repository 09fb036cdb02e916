using System.Diagnostics;
using System.Runtime.CompilerServices;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;
using SpanKind = SparkObs.Spark.Tracing.SpanKind;

namespace SparkObs.Spark.Tests.Export;

/// <summary>
/// OpenTelemetry's own exporter as the reference: the same spans, sent by it and by us, arrive equal. Two exceptions: the SDK's
/// telemetry.sdk.* attributes, which tell of the SDK (left out here by clearing its resource), and a link's flags, where it claims
/// to know whether the linked span is remote (0x101) and we do not (0x1).
/// </summary>
public class SdkComparisonTests
{
    private static readonly SpanAttribute[] EveryType =
    [
        new(new AttributeKey("text"), "größer 🚀 \"\\\n"),
        new(new AttributeKey("empty"), ""),
        new(new AttributeKey("long"), new string('x', 5000)),
        new(new AttributeKey("surrogate"), "a\ud800b"),
        new(new AttributeKey("int"), 42),
        new(new AttributeKey("negative"), long.MinValue),
        new(new AttributeKey("zero"), 0),
        new(new AttributeKey("double"), 0.1),
        new(new AttributeKey("nan"), double.NaN),
        new(new AttributeKey("infinity"), double.NegativeInfinity),
        new(new AttributeKey("true"), true),
        new(new AttributeKey("false"), false),
        new(new AttributeKey("texts"), ["a", "", "é"]),
        new(new AttributeKey("ints"), [0L, -1L, 300L]),
        new(new AttributeKey("none"), Array.Empty<long>()),
    ];

    [Theory]
    [InlineData("Grpc")]
    [InlineData("HttpProtobuf")]
    public async Task Spans_arrive_as_the_SDK_sends_them(string protocol)
    {
        var kind = Enum.Parse<OtlpProtocol>(protocol);
        await using var fromSdk = await MockCollector.StartAsync(kind);
        await using var fromUs = await MockCollector.StartAsync(kind);
        var batch = EveryShape();

        SendBySdk(batch, fromSdk, kind);
        await using var sink = new OtlpSink(new OtlpOptions { Protocol = kind, Endpoint = fromUs.Endpoint });
        await sink.WriteAsync(batch, default);
        await sink.FlushAsync(default);

        var theirs = fromSdk.Received.Select(r => ProtobufDecoder.Decode(r.Body)).ToList();
        var ours = ProtobufDecoder.Decode(Assert.Single(fromUs.Received).Body);
        Assert.All(theirs, request => Assert.Equal((request.Resource, request.Scope), (ours.Resource, ours.Scope)));
        var sent = theirs.SelectMany(r => r.Spans).ToList();
        foreach (var span in sent)
            span.Links = span.Links.Replace(" 101)", " 1)", StringComparison.Ordinal);
        Assert.Equal(6, ours.Spans.Count);
        Assert.Equal(sent, ours.Spans);
    }

    private static SpanBatch EveryShape()
    {
        var batch = new SpanBatch { Resource = new SpanResource(EveryType) };
        batch.Begin("root", Batches.Trace, new SpanId(1), default, 1_700_000_000_000, 1_700_000_000_001);
        batch.End();

        batch.Begin("local child", Batches.Trace, new SpanId(2), new SpanId(1), 1_700_000_000_000, 1_700_000_100_000);
        AddAll(batch, EveryType);
        batch.End();

        ref var remote = ref batch.Begin("remote child", Batches.Trace, new SpanId(3), new SpanId(0xff), 1_700_000_000_000, 1_700_000_000_500);
        remote.Kind = SpanKind.Server;
        remote.ParentIsRemote = true;
        batch.End();

        ref var failed = ref batch.Begin("failed", Batches.Trace, new SpanId(4), new SpanId(1), 1_700_000_000_000, 1_700_000_000_500);
        failed.Kind = SpanKind.Client;
        failed.Status = SpanStatus.Error;
        failed.StatusMessage = "größer\ud800";
        batch.AddEvent("exception", 1_700_000_000_300);
        AddAll(batch, EveryType);
        batch.AddEvent("", 1_700_000_000_400);
        batch.End();

        ref var ok = ref batch.Begin("ok", Batches.Trace, new SpanId(5), new SpanId(1), 1_700_000_000_000, 1_700_000_000_500);
        ok.Status = SpanStatus.Ok;
        batch.AddLink(new TraceId(7, 8), new SpanId(9));
        AddAll(batch, EveryType);
        batch.AddLink(Batches.Trace, new SpanId(2));
        batch.End();

        ref var noMessage = ref batch.Begin("", Batches.Trace, new SpanId(6), new SpanId(1), 1_700_000_000_000, 1_700_000_000_500);
        noMessage.Status = SpanStatus.Error;
        batch.End();
        return batch;
    }

    private static void AddAll(SpanBatch batch, SpanAttribute[] attributes)
    {
        foreach (var attribute in attributes)
            batch.Set(attribute);
    }

    private static void SendBySdk(SpanBatch batch, MockCollector collector, OtlpProtocol protocol)
    {
        using var source = new ActivitySource(OtlpScope.Name, OtlpScope.Version);
        using var exporter = new OtlpTraceExporter(new OtlpExporterOptions
        {
            Endpoint = collector.Endpoint,
            Protocol = protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf,
        });
        using var provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(source.Name)
            .ConfigureResource(r => r.Clear().AddAttributes(Tags(batch.Resource.Attributes.ToArray())!))
            .AddProcessor(new SimpleActivityExportProcessor(exporter))
            .Build();
        foreach (var span in batch.Spans)
        {
            using var activity = ToActivity(source, batch, span);
            activity.Stop();
        }
    }

    /// <summary>An Activity with a given id, made after the fact: created, and never started.</summary>
    private static Activity ToActivity(ActivitySource source, SpanBatch batch, SpanRecord span)
    {
        var parent = new ActivityContext(span.Trace.ToActivity(), span.Parent.IsNone ? default : span.Parent.ToActivity(), ActivityTraceFlags.Recorded,
            isRemote: span.ParentIsRemote);
        var links = batch.Links(span).ToArray().Select(l => new ActivityLink(
            new ActivityContext(l.Trace.ToActivity(), l.Id.ToActivity(), ActivityTraceFlags.Recorded), new ActivityTagsCollection(Tags(batch.Attributes(l).ToArray()))));
        var kind = span.Kind switch { SpanKind.Client => ActivityKind.Client, SpanKind.Server => ActivityKind.Server, _ => ActivityKind.Internal };
        var activity = source.CreateActivity(span.Name, kind, parent, Tags(batch.Attributes(span).ToArray()), links)!;
        activity.SetStartTime(Time(span.StartMs));
        SpanIdOf(activity) = span.Id.ToString();
        foreach (var e in batch.Events(span))
            activity.AddEvent(new ActivityEvent(e.Name, Time(e.TimeMs), new ActivityTagsCollection(Tags(batch.Attributes(e).ToArray()))));
        if (span.Status != SpanStatus.Unset)
            activity.SetStatus(span.Status == SpanStatus.Ok ? ActivityStatusCode.Ok : ActivityStatusCode.Error, span.StatusMessage);
        activity.SetEndTime(Time(span.EndMs));
        return activity;
    }

    private static DateTime Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcDateTime;

    private static IEnumerable<KeyValuePair<string, object?>> Tags(SpanAttribute[] attributes) =>
        attributes.Select(a => KeyValuePair.Create<string, object?>(a.Key.Name, a.Type switch
        {
            AttributeType.String => a.AsString,
            AttributeType.Int => a.AsInt,
            AttributeType.Double => a.AsDouble,
            AttributeType.Bool => a.AsBool,
            AttributeType.StringArray => a.AsStringArray,
            _ => a.AsIntArray,
        }));

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_spanId")]
    private static extern ref string? SpanIdOf(Activity activity);
}
