using System.Text.Json;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>Spans from lines of OTLP/JSON.</summary>
internal sealed class OtlpSpans
{
    private readonly List<(JsonElement Resource, JsonElement Span)> spans;

    private OtlpSpans(List<(JsonElement Resource, JsonElement Span)> spans)
    {
        this.spans = spans;
        Comparable = [.. spans.Where(span => !IsLiveOnly(span.Span)).Select(span => Text(span.Resource, span.Span)).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// One text a span, sorted, with all that live and replay have in common: not markers and calls, the application's error by exit code,
    /// and attributes that begin with sparkobs. other than sparkobs.incomplete.
    /// </summary>
    public IReadOnlyList<string> Comparable { get; }

    public static OtlpSpans Read(string path)
    {
        var spans = new List<(JsonElement, JsonElement)>();
        foreach (var line in File.ReadLines(path))
        {
            var resourceSpans = JsonDocument.Parse(line).RootElement.GetProperty("resourceSpans");
            foreach (var resource in resourceSpans.EnumerateArray())
            {
                foreach (var scope in resource.GetProperty("scopeSpans").EnumerateArray())
                    spans.AddRange(scope.GetProperty("spans").EnumerateArray().Select(span => (resource.GetProperty("resource"), span)));
            }
        }
        return new OtlpSpans(spans);
    }

    public IEnumerable<JsonElement> All => spans.Select(span => span.Span);

    public IEnumerable<JsonElement> Named(string name) => All.Where(span => span.GetProperty("name").GetString() == name);

    public int Count(string name) => Named(name).Count();

    /// <summary>The application's own span.</summary>
    public JsonElement Application => Named("application").Single();

    public static string? Attribute(JsonElement span, string key) => Attributes(span)
        .Where(attribute => attribute.GetProperty("key").GetString() == key)
        .Select(attribute => attribute.GetProperty("value").EnumerateObject().Single().Value.ToString()).SingleOrDefault();

    private static bool IsLiveOnly(JsonElement span) =>
        Attribute(span, "sparkobs.marker") is not null || span.GetProperty("kind").GetInt32() == 3; // 3: a client's call

    private static string Text(JsonElement resource, JsonElement span)
    {
        var byExitCode = span.GetProperty("name").GetString() == "application" && Attribute(span, "error.type") == "exit_code";
        var lines = new List<string>();
        foreach (var field in span.EnumerateObject())
        {
            if (field.Name is "events" or "links")
                lines.AddRange(field.Value.EnumerateArray().Select(part => $"  {field.Name}: {Flat(part)}"));
            else if (field.Name != "attributes" && !(byExitCode && field.Name == "status"))
                lines.Add($"  {field.Name}: {field.Value}");
        }
        lines.AddRange(Kept(span).Where(text => !(byExitCode && text.StartsWith("error.type=", StringComparison.Ordinal))).Select(text => $"  {text}"));
        lines.Add($"  resource: {string.Join(", ", Kept(resource))}");
        return $"{span.GetProperty("traceId")} {span.GetProperty("spanId")}\n{string.Join('\n', lines)}";
    }

    private static string Flat(JsonElement part) =>
        string.Join(", ", part.EnumerateObject().Where(field => field.Name != "attributes").Select(field => $"{field.Name}: {field.Value}").Concat(Kept(part)));

    private static IEnumerable<string> Kept(JsonElement element) => Attributes(element)
        .Where(attribute => attribute.GetProperty("key").GetString() is "sparkobs.incomplete" or not ['s', 'p', 'a', 'r', 'k', 'o', 'b', 's', '.', ..])
        .Select(attribute => $"{attribute.GetProperty("key")}={attribute.GetProperty("value")}")
        .Order(StringComparer.Ordinal);

    private static JsonElement.ArrayEnumerator Attributes(JsonElement element) =>
        element.TryGetProperty("attributes", out var attributes) ? attributes.EnumerateArray() : default;
}
