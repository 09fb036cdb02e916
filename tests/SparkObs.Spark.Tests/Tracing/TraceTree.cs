using System.Globalization;
using System.Text;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>
/// A small trace as text for a test to state in whole: the tree by parent and start, times in ms from <see cref="Some.T0"/>, all
/// attributes but numbers that are zero, events, and links with the name of what they point to.
/// </summary>
internal static class TraceTree
{
    public static void AssertIs(string expected, IEnumerable<SparkEvent> events, TraceOptions? options = null) =>
        AssertIs(expected, Trace.OfEvents(events, options));

    public static void AssertIs(string expected, Trace trace)
    {
        TraceRules.AssertHold(trace);
        var actual = Of(trace);
        if (actual != expected.ReplaceLineEndings("\n").Trim())
            Assert.Fail($"The trace is\n{actual}\nand not\n{expected}");
    }

    public static string Of(Trace trace)
    {
        var text = new StringBuilder();
        var byId = trace.Spans.ToDictionary(span => span.Id);
        var children = trace.Spans.ToLookup(span => byId.ContainsKey(span.Parent) ? span.Parent : default);
        foreach (var root in Ordered(children[default]))
            Write(text, root, 0);
        return text.ToString().Trim();

        void Write(StringBuilder to, TestSpan span, int depth)
        {
            var indent = new string(' ', depth * 2);
            to.Append(indent).Append(span.Name).Append(CultureInfo.InvariantCulture, $" {Time(span.StartMs, span.Nanos.Start)}..{Time(span.EndMs, span.Nanos.End)}");
            if (depth == 0 && span.Name != SpanNames.Application)
                to.Append(span.Parent.IsNone ? " in its own trace" : $" below {span.Trace.Low:x}.{span.Parent.Value:x}");
            if (depth == 0 && span.Name == SpanNames.Application && !span.Parent.IsNone)
                to.Append(CultureInfo.InvariantCulture, $" below {span.Trace.Low:x}.{span.Parent.Value:x}");
            if (span.Kind != SpanKind.Internal)
                to.Append(' ').Append(span.Kind);
            if (span.Status != SpanStatus.Unset)
                to.Append(CultureInfo.InvariantCulture, $" {span.Status}: {span.StatusMessage}");
            to.Append(' ').Append(Attributes(span.Attributes)).Append('\n');
            foreach (var e in span.Events)
                to.Append(indent).Append(CultureInfo.InvariantCulture, $"  ! {e.Name} {e.TimeMs - Some.T0} {Attributes(e.Attributes)}\n");
            foreach (var link in span.Links)
                to.Append(indent).Append(CultureInfo.InvariantCulture, $"  > {link.Attributes.Single().Value}: {(byId.TryGetValue(link.Id, out var target) ? Label(target) : $"{link.Trace.Low:x}.{link.Id.Value:x}")}\n");
            foreach (var child in Ordered(children[span.Id]))
                Write(to, child, depth + 1);
        }
    }

    private static decimal Time(long ms, int nanos) => nanos == 0 ? ms - Some.T0 : ms - Some.T0 + (nanos / 1e6m);

    private static string Label(TestSpan span)
    {
        var ids = new[] { SparkAttributes.StageId, SparkAttributes.StageAttempt, SparkAttributes.JobId, SparkAttributes.ExecutionId, SparkAttributes.OperationId };
        return string.Join(' ', ids.Take(span.Is(SpanNames.Stage) ? 2 : 5).Select(id => span[id]).Where(id => id is not null).Prepend(span.Name));
    }

    private static IEnumerable<TestSpan> Ordered(IEnumerable<TestSpan> spans) =>
        spans.OrderBy(span => span.StartMs).ThenBy(span => span.Attributes.Count == 0 ? "" : Convert.ToString(span.Attributes[0].Value, CultureInfo.InvariantCulture), StringComparer.Ordinal)
            .ThenBy(span => span.Name, StringComparer.Ordinal);

    private static string Attributes(IReadOnlyList<KeyValuePair<string, object>> attributes) =>
        "{" + string.Join(", ", attributes.Where(attribute => attribute.Value is not (0L or 0.0) || IsId(attribute.Key)).Select(attribute => $"{Short(attribute.Key)}={Value(attribute.Value)}")) + "}";

    private static bool IsId(string key) => key.EndsWith(".id", StringComparison.Ordinal) || key.EndsWith(".attempt", StringComparison.Ordinal);

    private static string Short(string key) => key.StartsWith("spark.", StringComparison.Ordinal) ? key[6..] : key;

    private static string Value(object value) => value switch
    {
        string text => text.Replace("\n", "⏎", StringComparison.Ordinal),
        string[] list => $"[{string.Join(" | ", list).Replace("\n", "⏎", StringComparison.Ordinal)}]",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
