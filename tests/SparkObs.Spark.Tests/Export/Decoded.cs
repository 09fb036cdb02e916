using System.Globalization;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Export;

/// <summary>A request or line as a receiver understands it. Lists are rendered as text, so that records compare by value.</summary>
internal sealed record DecodedRequest(string Resource, string Scope, IReadOnlyList<DecodedSpan> Spans);

internal sealed record DecodedSpan
{
    public string TraceId { get; set; } = "";
    public string SpanId { get; set; } = "";
    public string ParentId { get; set; } = "";
    public string Name { get; set; } = "";
    public int Kind { get; set; }
    public ulong Start { get; set; }
    public ulong End { get; set; }
    public string Attributes { get; set; } = "";
    public string Events { get; set; } = "";
    public string Links { get; set; } = "";
    public int StatusCode { get; set; }
    public string StatusMessage { get; set; } = "";
    public uint Flags { get; set; }

    /// <summary>What a receiver must understand of each span of a batch.</summary>
    public static IReadOnlyList<DecodedSpan> Expected(SpanBatch batch)
    {
        var spans = new List<DecodedSpan>();
        foreach (var span in batch.Spans)
        {
            spans.Add(new DecodedSpan
            {
                TraceId = span.Trace.ToString(),
                SpanId = span.Id.ToString(),
                ParentId = span.Parent.IsNone ? "" : span.Parent.ToString(),
                Name = Render.Utf8(span.Name),
                Kind = (int)span.Kind,
                Start = ((ulong)span.StartMs * 1_000_000) + (ulong)span.StartNanos,
                End = ((ulong)span.EndMs * 1_000_000) + (ulong)span.EndNanos,
                Attributes = Render.Attributes(batch.Attributes(span)),
                Events = string.Concat(batch.Events(span).ToArray().Select(e =>
                    Render.Event((ulong)e.TimeMs * 1_000_000, Render.Utf8(e.Name), Render.Attributes(batch.Attributes(e))))),
                Links = string.Concat(batch.Links(span).ToArray().Select(l =>
                    Render.Link(l.Trace.ToString(), l.Id.ToString(), Render.Attributes(batch.Attributes(l)), 0x1))),
                StatusCode = (int)span.Status,
                StatusMessage = Render.Utf8(span.StatusMessage ?? ""),
                Flags = span.ParentIsRemote ? 0x301u : 0x101u,
            });
        }
        return spans;
    }
}

/// <summary>Attributes, events and links as text, the same from a batch, from protobuf and from JSON.</summary>
internal static class Render
{
    public static string Attribute(string key, string value) => $"{key}={value};";

    public static string Text(string value) => $"'{value}'";

    public static string Int(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Double(double value) => BitConverter.DoubleToInt64Bits(double.IsNaN(value) ? double.NaN : value) + "d";

    public static string Bool(bool value) => value ? "true" : "false";

    public static string Array(IEnumerable<string> values) => $"[{string.Join(',', values)}]";

    public static string Event(ulong time, string name, string attributes) => $"({time} '{name}' {attributes})";

    public static string Link(string trace, string span, string attributes, uint flags) => $"({trace} {span} {attributes} {flags:x})";

    /// <summary>Text after a way through UTF-8: lone surrogates are U+FFFD.</summary>
    public static string Utf8(string text) => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));

    public static string Attributes(ReadOnlySpan<SpanAttribute> attributes)
    {
        var text = "";
        foreach (var attribute in attributes)
            text += Attribute(Utf8(attribute.Key.Name), Value(attribute));
        return text;
    }

    private static string Value(in SpanAttribute attribute) => attribute.Type switch
    {
        AttributeType.String => Text(Utf8(attribute.AsString)),
        AttributeType.Int => Int(attribute.AsInt),
        AttributeType.Double => Double(attribute.AsDouble),
        AttributeType.Bool => Bool(attribute.AsBool),
        AttributeType.StringArray => Array(attribute.AsStringArray.Select(v => Text(Utf8(v)))),
        _ => Array(attribute.AsIntArray.Select(Int)),
    };
}
