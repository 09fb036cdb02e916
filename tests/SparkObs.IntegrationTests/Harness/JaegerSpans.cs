using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>Spans as text in the terms of Jaeger's model, from what was sent and from what its API answers: the two compare.</summary>
internal static class JaegerSpans
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The spans as Jaeger's model has them: kind, status and scope are tags, links are references, times are microseconds.</summary>
    public static IReadOnlyDictionary<string, List<string>> Of(params IEnumerable<SpanBatch> batches)
    {
        var traces = new Dictionary<string, List<string>>();
        foreach (var batch in batches)
        {
            foreach (ref readonly var span in batch.Spans)
            {
                var trace = span.Trace.ToString();
                if (!traces.TryGetValue(trace, out var spans))
                    traces.Add(trace, spans = []);
                spans.Add(Expected(batch, span));
            }
        }
        foreach (var spans in traces.Values)
            spans.Sort(StringComparer.Ordinal);
        return traces;
    }

    private static string Expected(SpanBatch batch, in SpanRecord span)
    {
        var tags = Tags(batch.Attributes(span));
        tags.Add($"span.kind string {span.Kind.ToString().ToLowerInvariant()}");
        tags.Add("otel.scope.name string SparkObs.Spark");
        tags.Add($"otel.scope.version string {OtlpScope.Version}");
        if (span.Status != SpanStatus.Unset)
            tags.Add($"otel.status_code string {span.Status.ToString().ToUpperInvariant()}");
        if (span.Status == SpanStatus.Error)
            tags.Add("error bool True");
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
        return Span(span.Trace.ToString(), span.Id.ToString(), span.Name, span.StartMs * 1000, (span.EndMs - span.StartMs) * 1000,
            references, tags, logs, Process(batch.Resource));
    }

    /// <summary>The service's name stands apart, the rest of the resource is the process's tags.</summary>
    private static string Process(SpanResource resource)
    {
        var isName = resource.Attributes.ToLookup(attribute => attribute.Key.Name == "service.name");
        return $"{isName[true].Single().AsString}: {Join(Tags([.. isName[false]]))}";
    }

    public static List<string> In(JsonElement trace)
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
        AttributeType.Bool => "bool " + a.AsBool,
        AttributeType.StringArray => "string " + AsGoWrites(a.AsStringArray),
        _ => "string " + JsonSerializer.Serialize(a.AsIntArray),
    }).ToList();

    /// <summary>Jaeger shows a list as JSON, in which Go escapes what HTML would read.</summary>
    private static string AsGoWrites(string[] list) => JsonSerializer.Serialize(list, Plain)
        .Replace("<", "\\u003c", StringComparison.Ordinal).Replace(">", "\\u003e", StringComparison.Ordinal).Replace("&", "\\u0026", StringComparison.Ordinal);

    private static List<string> Tags(JsonElement tags) => tags.EnumerateArray().Select(tag =>
    {
        var value = tag.GetProperty("value");
        var text = Text(tag, "type") switch
        {
            "string" => value.GetString(),
            "float64" => value.GetDouble().ToString(CultureInfo.InvariantCulture),
            _ => value.ToString(),
        };
        return $"{Text(tag, "key")} {Text(tag, "type")} {text}";
    }).ToList();

    private static string Join(IEnumerable<string> parts) => string.Join(" | ", parts.Order(StringComparer.Ordinal));

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
