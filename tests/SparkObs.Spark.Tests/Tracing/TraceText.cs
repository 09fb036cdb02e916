using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>
/// A trace as text for people to review: the tree by parent and start, times in ms from the application's start. Metrics that are
/// zero are not shown, long texts only by their first line; the hash at the end of a line covers everything that the span has.
/// </summary>
internal static class TraceText
{
    private const int MaxValue = 160;

    public static string Of(Trace trace)
    {
        var text = new StringBuilder("resource ").AppendLine(Attributes(trace.Resource));
        var origin = trace.Application.StartMs;
        var ids = trace.Spans.Select(span => span.Id).ToHashSet();
        var children = trace.Spans.ToLookup(span => ids.Contains(span.Parent) ? span.Parent : default);
        foreach (var root in Ordered(children[default]))
            Write(text, root, children, origin, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, TestSpan span, ILookup<SpanId, TestSpan> children, long origin, int depth)
    {
        var indent = new string(' ', depth * 2);
        text.Append(indent).Append(span.Name).Append(CultureInfo.InvariantCulture, $" {span.StartMs - origin}..{span.EndMs - origin}");
        if (span.Kind != SpanKind.Internal)
            text.Append(' ').Append(span.Kind);
        if (span.Status != SpanStatus.Unset)
            text.Append(CultureInfo.InvariantCulture, $" {span.Status}: {span.StatusMessage}");
        text.Append(CultureInfo.InvariantCulture, $" {{{Attributes(span.Attributes)}}} #{Hash(span)}").AppendLine();
        foreach (var e in span.Events)
            text.Append(indent).Append(CultureInfo.InvariantCulture, $"  ! {e.Name} {e.TimeMs - origin} {{{Attributes(e.Attributes)}}}").AppendLine();
        foreach (var link in span.Links)
            text.Append(indent).Append(CultureInfo.InvariantCulture, $"  > {link.Id} {{{Attributes(link.Attributes)}}}").AppendLine();
        foreach (var child in Ordered(children[span.Id]))
            Write(text, child, children, origin, depth + 1);
    }

    private static IEnumerable<TestSpan> Ordered(IEnumerable<TestSpan> spans) =>
        spans.OrderBy(span => span.StartMs).ThenBy(span => Number(span)).ThenBy(span => span.Name, StringComparer.Ordinal);

    private static long Number(TestSpan span) =>
        (span[SparkAttributes.TaskId] ?? span[SparkAttributes.StageId] ?? span[SparkAttributes.JobId] ?? span[SparkAttributes.ExecutionId]) is long id ? id : -1;

    private static string Attributes(IReadOnlyList<KeyValuePair<string, object>> attributes) =>
        string.Join(", ", attributes.Where(attribute => attribute.Value is not (0L or 0.0) || IsId(attribute.Key)).Select(attribute => $"{Short(attribute.Key)}={Value(attribute.Value)}"));

    private static bool IsId(string key) => key.EndsWith("id", StringComparison.Ordinal) || key.EndsWith(".index", StringComparison.Ordinal) || key.EndsWith(".attempt", StringComparison.Ordinal);

    private static string Short(string key) => key.StartsWith("spark.", StringComparison.Ordinal) ? key[6..] : key;

    private static string Value(object value) => value switch
    {
        string text => Cut(text),
        string[] list => $"[{list.Length}: {Cut(string.Join(" | ", list))}]",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Cut(string text)
    {
        var line = text.ReplaceLineEndings("⏎").Replace("\t", "→", StringComparison.Ordinal);
        return line.Length <= MaxValue ? line : line[..MaxValue] + "…";
    }

    /// <summary>Over everything, also what is not shown.</summary>
    private static string Hash(TestSpan span)
    {
        var all = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{span.Trace}{span.Id}{span.Parent}{span.ParentIsRemote}");
        Append(all, span.Attributes);
        foreach (var e in span.Events)
            Append(all.Append(e.Name).Append(e.TimeMs), e.Attributes);
        foreach (var link in span.Links)
            Append(all.Append(link.Trace).Append(link.Id), link.Attributes);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all.ToString())))[..8];
    }

    private static void Append(StringBuilder all, IReadOnlyList<KeyValuePair<string, object>> attributes)
    {
        foreach (var (key, value) in attributes)
            all.Append(CultureInfo.InvariantCulture, $"|{key}={(value is string[] list ? string.Join('\u0001', list) : value)}");
    }
}
