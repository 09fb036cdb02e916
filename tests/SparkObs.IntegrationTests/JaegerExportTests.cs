using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
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

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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
        var expected = Expected(batch);
        await using var sink = new OtlpSink(options);

        await sink.WriteAsync(batch, default);
        await sink.FlushAsync(default);
        var answer = await jaeger.TraceAsync(trace.ToString(), expected.Count);

        Assert.Equal((expected.Count, expected.Count), (sink.Counts.Taken, sink.Counts.Exported));
        Assert.Equal(expected, Read(answer));
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

    /// <summary>The spans as Jaeger's model has them: kind, status and scope are tags, links are references, times are microseconds.</summary>
    private static List<string> Expected(SpanBatch batch)
    {
        var spans = new List<string>();
        foreach (var span in batch.Spans)
        {
            var tags = Tags(batch.Attributes(span));
            tags.Add($"span.kind string {span.Kind.ToString().ToLowerInvariant()}");
            tags.Add("otel.scope.name string SparkObs.Spark");
            tags.Add($"otel.scope.version string {OtlpScope.Version}");
            if (span.Status != SpanStatus.Unset)
                tags.Add($"otel.status_code string {span.Status.ToString().ToUpperInvariant()}");
            if (span.Status == SpanStatus.Error)
                tags.Add("error bool true");
            if (span.StatusMessage is not null)
                tags.Add($"otel.status_description string {span.StatusMessage}");
            var references = batch.Links(span).ToArray().Select(l => $"FOLLOWS_FROM {l.Trace} {l.Id}").ToList();
            if (!span.Parent.IsNone)
                references.Add($"CHILD_OF {span.Trace} {span.Parent}");
            var logs = batch.Events(span).ToArray().Select(e =>
            {
                var fields = Tags(batch.Attributes(e));
                fields.Add($"event string {e.Name}");
                return $"{e.TimeMs * 1000}: {Join(fields)}";
            });
            spans.Add(Span(span.Trace.ToString(), span.Id.ToString(), span.Name, span.StartMs * 1000, (span.EndMs - span.StartMs) * 1000,
                references, tags, logs, "every shape: service.instance.id string app-1"));
        }
        return spans;
    }

    private static List<string> Read(JsonElement trace)
    {
        var processes = trace.GetProperty("processes");
        return trace.GetProperty("spans").EnumerateArray().Select(span =>
        {
            var process = processes.GetProperty(Text(span, "processID"));
            return Span(Text(span, "traceID"), Text(span, "spanID"), Text(span, "operationName"),
                span.GetProperty("startTime").GetInt64(), span.GetProperty("duration").GetInt64(),
                span.GetProperty("references").EnumerateArray().Select(r => $"{Text(r, "refType")} {Text(r, "traceID")} {Text(r, "spanID")}"),
                Tags(span.GetProperty("tags")),
                span.GetProperty("logs").EnumerateArray().Select(l => $"{l.GetProperty("timestamp").GetInt64()}: {Join(Tags(l.GetProperty("fields")))}"),
                $"{Text(process, "serviceName")}: {Join(Tags(process.GetProperty("tags")))}");
        }).Order(StringComparer.Ordinal).ToList();
    }

    private static string Span(string trace, string id, string name, long start, long duration, IEnumerable<string> references,
        IEnumerable<string> tags, IEnumerable<string> logs, string process) =>
        $"{trace} {id} '{name}' {start}+{duration}\nreferences {Join(references)}\ntags {Join(tags)}\nlogs {Join(logs)}\nprocess {process}";

    private static List<string> Tags(ReadOnlySpan<SpanAttribute> attributes) => attributes.ToArray().Select(a => a.Key.Name + " " + a.Type switch
    {
        AttributeType.String => "string " + a.AsString.Replace("\ud800b", "\ufffdb", StringComparison.Ordinal),
        AttributeType.Int => "int64 " + a.AsInt.ToString(CultureInfo.InvariantCulture),
        AttributeType.Double => "float64 " + a.AsDouble.ToString(CultureInfo.InvariantCulture),
        AttributeType.Bool => "bool " + (a.AsBool ? "true" : "false"),
        AttributeType.StringArray => "string " + JsonSerializer.Serialize(a.AsStringArray, Plain),
        _ => "string " + JsonSerializer.Serialize(a.AsIntArray),
    }).ToList();

    private static List<string> Tags(JsonElement tags) => tags.EnumerateArray().Select(t =>
        $"{Text(t, "key")} {Text(t, "type")} {(t.GetProperty("value") is { ValueKind: JsonValueKind.String } text ? text.GetString() : t.GetProperty("value").GetRawText())}").ToList();

    private static string Join(IEnumerable<string> parts) => string.Join(" | ", parts.Order(StringComparer.Ordinal));

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
