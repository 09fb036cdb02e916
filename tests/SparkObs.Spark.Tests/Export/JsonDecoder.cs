using System.Globalization;
using System.Text.Json;

namespace SparkObs.Spark.Tests.Export;

/// <summary>Reads a line of OTLP/JSON. A member it does not know is an error.</summary>
internal static class JsonDecoder
{
    public static DecodedRequest Decode(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var resourceSpans = document.RootElement.GetProperty("resourceSpans")[0];
        var scopeSpans = resourceSpans.GetProperty("scopeSpans")[0];
        var scope = scopeSpans.GetProperty("scope");
        return new DecodedRequest(
            Attributes(resourceSpans.GetProperty("resource")),
            $"{Text(scope, "name")} {Text(scope, "version")}",
            scopeSpans.GetProperty("spans").EnumerateArray().Select(Span).ToList());
    }

    private static DecodedSpan Span(JsonElement json)
    {
        Only(json, "traceId", "spanId", "parentSpanId", "flags", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes",
            "events", "links", "status");
        var hasStatus = json.TryGetProperty("status", out var status);
        return new DecodedSpan
        {
            TraceId = Text(json, "traceId"),
            SpanId = Text(json, "spanId"),
            ParentId = json.TryGetProperty("parentSpanId", out var parent) ? parent.GetString()! : "",
            Name = Text(json, "name"),
            Kind = json.GetProperty("kind").GetInt32(),
            Start = Time(json, "startTimeUnixNano"),
            End = Time(json, "endTimeUnixNano"),
            Attributes = Attributes(json),
            Events = Each(json, "events", Event),
            Links = Each(json, "links", Link),
            StatusCode = hasStatus ? status.GetProperty("code").GetInt32() : 0,
            StatusMessage = hasStatus && status.TryGetProperty("message", out var message) ? message.GetString()! : "",
            Flags = json.GetProperty("flags").GetUInt32(),
        };
    }

    private static string Event(JsonElement json)
    {
        Only(json, "timeUnixNano", "name", "attributes");
        return Render.Event(Time(json, "timeUnixNano"), Text(json, "name"), Attributes(json));
    }

    private static string Link(JsonElement json)
    {
        Only(json, "traceId", "spanId", "attributes", "flags");
        return Render.Link(Text(json, "traceId"), Text(json, "spanId"), Attributes(json), json.GetProperty("flags").GetUInt32());
    }

    private static string Attributes(JsonElement json) =>
        Each(json, "attributes", a => Render.Attribute(Text(a, "key"), Value(a.GetProperty("value"))));

    private static string Value(JsonElement json)
    {
        var value = Assert.Single(json.EnumerateObject());
        return value.Name switch
        {
            "stringValue" => Render.Text(value.Value.GetString()!),
            "intValue" => Render.Int(long.Parse(value.Value.GetString()!, CultureInfo.InvariantCulture)),
            "doubleValue" => Render.Double(Double(value.Value)),
            "boolValue" => Render.Bool(value.Value.GetBoolean()),
            "arrayValue" => Render.Array(value.Value.GetProperty("values").EnumerateArray().Select(Value)),
            _ => throw new InvalidDataException($"Value {value.Name} is not known."),
        };
    }

    private static double Double(JsonElement json) => json.ValueKind == JsonValueKind.Number
        ? json.GetDouble()
        : json.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var other => throw new InvalidDataException($"Double '{other}' is not known."),
        };

    private static string Each(JsonElement json, string name, Func<JsonElement, string> render) =>
        json.TryGetProperty(name, out var array) ? string.Concat(array.EnumerateArray().Select(render)) : "";

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static ulong Time(JsonElement json, string name) => ulong.Parse(Text(json, name), CultureInfo.InvariantCulture);

    private static void Only(JsonElement json, params string[] names) =>
        Assert.Empty(json.EnumerateObject().Select(p => p.Name).Except(names));
}
