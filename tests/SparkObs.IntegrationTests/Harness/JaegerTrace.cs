using System.Text.Json;
using System.Text.RegularExpressions;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>A trace as Jaeger's API gives it, as a tree of names; folders in call sites are <c>&lt;path&gt;</c>.</summary>
internal sealed partial class JaegerTrace
{
    private readonly Dictionary<string, JaegerSpan> spans;

    public JaegerTrace(JsonElement trace)
    {
        Id = trace.GetProperty("traceID").GetString()!;
        spans = trace.GetProperty("spans").EnumerateArray().Select(span => new JaegerSpan(span)).ToDictionary(span => span.Id);
        Services = [.. trace.GetProperty("processes").EnumerateObject().Select(process => process.Value.GetProperty("serviceName").GetString()!).Distinct()];
    }

    public string Id { get; }

    public IReadOnlyList<string> Services { get; }

    /// <summary>One line a span, children below their parent in the order of their begin; a span without its parent stands at the left.</summary>
    public string Tree => string.Join('\n', spans.Values.Where(span => !spans.ContainsKey(span.Parent)).OrderBy(span => span.Start).SelectMany(root => Lines(root, "")));

    public bool Has(string name) => spans.Values.Any(span => span.Name == name);

    public JaegerSpan Span(string name) => spans.Values.Single(span => span.Name == name);

    public IEnumerable<JaegerSpan> SpansBelow(string name) => Below(Span(name));

    private IEnumerable<JaegerSpan> Below(JaegerSpan parent) => Children(parent).SelectMany(child => Below(child).Prepend(child));

    private IEnumerable<JaegerSpan> Children(JaegerSpan parent) =>
        spans.Values.Where(span => span.Parent == parent.Id).OrderBy(span => span.Start).ThenBy(span => span.Name, StringComparer.Ordinal);

    private IEnumerable<string> Lines(JaegerSpan span, string indent) =>
        Children(span).SelectMany(child => Lines(child, indent + "  ")).Prepend($"{indent}{span.Name}{(span["otel.status_code"] == "ERROR" ? " ERROR" : "")}");

    internal sealed partial class JaegerSpan
    {
        private readonly Dictionary<string, string> tags;

        public JaegerSpan(JsonElement span)
        {
            Id = span.GetProperty("spanID").GetString()!;
            Name = Folder().Replace(span.GetProperty("operationName").GetString()!, " at <path>/");
            Start = span.GetProperty("startTime").GetInt64();
            Parent = span.GetProperty("references").EnumerateArray()
                .Where(reference => reference.GetProperty("refType").GetString() == "CHILD_OF").Select(reference => reference.GetProperty("spanID").GetString()!).FirstOrDefault("");
            tags = span.GetProperty("tags").EnumerateArray().ToDictionary(tag => tag.GetProperty("key").GetString()!, tag => tag.GetProperty("value").ToString());
        }

        public string Id { get; }

        public string Parent { get; }

        public string Name { get; }

        public long Start { get; }

        /// <summary>A tag's value as text.</summary>
        public string? this[string key] => tags.GetValueOrDefault(key);

        [GeneratedRegex(" at /.*/")]
        private static partial Regex Folder();
    }
}
