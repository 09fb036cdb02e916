using SparkObs.IntegrationTests.Harness;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.IntegrationTests;

/// <summary>Spans of every shape, sent to a real Jaeger and read back whole through its API.</summary>
public class JaegerExportTests
{
    private static readonly SpanAttribute[] EveryType =
    [
        new(new AttributeKey("a.text"), "größer 🚀 \"\\\n"),
        new(new AttributeKey("a.empty"), ""),
        new(new AttributeKey("a.long"), new string('x', 70_000)),
        new(new AttributeKey("a.surrogate"), "a\ud800b"),
        new(new AttributeKey("a.int"), 42),
        new(new AttributeKey("a.negative"), long.MinValue),
        new(new AttributeKey("a.double"), 0.1),
        new(new AttributeKey("a.true"), true),
        new(new AttributeKey("a.false"), false),
        new(new AttributeKey("a.texts"), ["a", "", "é"]),
        new(new AttributeKey("a.ints"), [0L, -1L, 300L]),
        new(new AttributeKey("a.none"), Array.Empty<long>()),
    ];

    [ToolboxFact]
    public async Task Spans_are_read_back_from_Jaeger_as_they_were_sent()
    {
        await using var jaeger = await JaegerServer.StartAsync();
        await SendAndCompareAsync(jaeger, "grpc", jaeger.GrpcEndpoint, new TraceId(1, 2), gzip: "none");
        await SendAndCompareAsync(jaeger, "grpc", jaeger.GrpcEndpoint, new TraceId(1, 3), gzip: "gzip");
        await SendAndCompareAsync(jaeger, "http/protobuf", jaeger.HttpEndpoint, new TraceId(1, 4), gzip: "none");
        await SendAndCompareAsync(jaeger, "http/protobuf", jaeger.HttpEndpoint, new TraceId(1, 5), gzip: "gzip");
    }

    private static async Task SendAndCompareAsync(JaegerServer jaeger, string protocol, string endpoint, TraceId trace, string gzip)
    {
        var options = OtlpEnvironment.Read(
            name => name switch
            {
                "OTEL_EXPORTER_OTLP_PROTOCOL" => protocol,
                "OTEL_EXPORTER_OTLP_COMPRESSION" => gzip,
                _ => null,
            },
            endpoint);
        var batch = EveryShape(trace);
        var expected = JaegerSpans.Of(batch).Values.Single();
        await using var sink = new OtlpSink(options);

        await sink.WriteAsync(batch, default);
        await sink.FlushAsync(default);
        var answer = await jaeger.TraceAsync(trace.ToString(), expected.Count);

        Assert.Equal((expected.Count, expected.Count), (sink.Counts.Taken, sink.Counts.Exported));
        Assert.Equal(expected, JaegerSpans.In(answer));
    }

    private static SpanBatch EveryShape(TraceId trace)
    {
        var batch = new SpanBatch
        {
            Resource = new SpanResource(
            [
                new SpanAttribute(new AttributeKey("service.name"), "every shape"),
                new SpanAttribute(new AttributeKey("service.instance.id"), "app-1"),
            ]),
        };
        batch.Begin("root", trace, new SpanId(1), default, 1_700_000_000_000, 1_700_000_000_000);
        batch.End();
        batch.Begin("child", trace, new SpanId(2), new SpanId(1), 1_700_000_000_000, 1_700_000_100_000);
        Add(batch, EveryType);
        batch.End();
        ref var failed = ref batch.Begin("failed größer", trace, new SpanId(3), new SpanId(2), 1_700_000_000_001, 1_700_000_000_500);
        failed.Kind = SpanKind.Client;
        failed.Status = SpanStatus.Error;
        failed.StatusMessage = "went \"wrong\"";
        batch.AddEvent("exception", 1_700_000_000_300);
        Add(batch, EveryType);
        batch.AddEvent("lost", 1_700_000_000_400);
        batch.End();
        ref var ok = ref batch.Begin("ok", trace, new SpanId(4), new SpanId(0xfe), 1_700_000_000_002, 1_700_000_000_500);
        ok.Kind = SpanKind.Server;
        ok.ParentIsRemote = true;
        ok.Status = SpanStatus.Ok;
        batch.AddLink(new TraceId(7, 8), new SpanId(9));
        batch.AddLink(trace, new SpanId(1));
        batch.End();
        return batch;
    }

    private static void Add(SpanBatch batch, SpanAttribute[] attributes)
    {
        foreach (var attribute in attributes)
            batch.Set(attribute);
    }
}
