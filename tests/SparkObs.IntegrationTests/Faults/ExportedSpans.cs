using System.Text.RegularExpressions;
using SparkObs.Spark.Tests.Export;

namespace SparkObs.IntegrationTests.Faults;

/// <summary>What a collector was sent, span by span: by its id, with every content that came under it.</summary>
internal sealed partial class ExportedSpans
{
    private readonly Dictionary<string, HashSet<string>> contents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DecodedSpan> last = new(StringComparer.Ordinal);

    private ExportedSpans(IEnumerable<DecodedSpan> spans)
    {
        foreach (var span in spans.Where(span => !span.Attributes.Contains("sparkobs.marker=true", StringComparison.Ordinal)))
        {
            Sent++;
            var id = $"{span.TraceId} {span.SpanId}";
            if (!contents.TryGetValue(id, out var texts))
                contents.Add(id, texts = new HashSet<string>(StringComparer.Ordinal));
            texts.Add(Text(span));
            last[id] = span;
        }
    }

    /// <summary>Spans sent, repeated ones too.</summary>
    public int Sent { get; private set; }

    /// <summary>Different spans.</summary>
    public int Count => contents.Count;

    public int Repeated => Sent - Count;

    public IEnumerable<DecodedSpan> Spans => last.Values;

    /// <summary>Applications whose own span is there.</summary>
    public int Applications => last.Values.Count(span => span.Name == "application");

    /// <summary>The one application's own span.</summary>
    public DecodedSpan Application => last.Values.Single(span => span.Name == "application");

    /// <summary>The spans that the collectors have confirmed.</summary>
    public static ExportedSpans Of(IEnumerable<MockCollector> collectors) =>
        new(collectors.SelectMany(collector => collector.Confirmed).SelectMany(request => request.Spans));

    /// <summary>All are there, under their ids, each with one content, and no others.</summary>
    public void AssertEqual(ExportedSpans expected)
    {
        AssertOneContentEach();
        Assert.Equal([], expected.contents.Keys.Except(contents.Keys).Select(id => $"missing: {expected.last[id].Name} {id}").Take(20));
        Assert.Equal([], contents.Keys.Except(expected.contents.Keys).Select(id => $"not expected: {last[id].Name} {id}").Take(20));
        foreach (var (id, texts) in expected.contents)
            Assert.Equal(texts.Single(), contents[id].Single());
    }

    /// <summary>Whether the other has all of these, with the same content.</summary>
    public bool IsIn(ExportedSpans other) => contents.All(span => other.contents.TryGetValue(span.Key, out var texts) && texts.SetEquals(span.Value));

    /// <summary>
    /// All that came to an end in the other are here, with the same content, but for those that ended right before its own end: what a
    /// killed driver had in memory is gone (lines of tasks wait there up to 100 ms), whatever its event log still took.
    /// </summary>
    public void AssertHasAllEndedOf(ExportedSpans other, TimeSpan butTheLast)
    {
        AssertOneContentEach();
        var until = other.last.Values.Max(span => span.End) - (ulong)butTheLast.TotalNanoseconds;
        foreach (var (id, span) in other.last.Where(span => !IsIncomplete(span.Value) && span.Value.End < until))
        {
            Assert.True(contents.ContainsKey(id), $"missing: {span.Name} {id}");
            Assert.Equal(other.contents[id].Single(), contents[id].Single());
        }
    }

    public static bool IsIncomplete(DecodedSpan span) => span.Attributes.Contains("sparkobs.incomplete=true", StringComparison.Ordinal);

    /// <summary>An integer attribute of the application's own span, 0 where it has none.</summary>
    public long OfApplication(string key) => Of(Application, key);

    /// <summary>An integer attribute of a span, 0 where it has none.</summary>
    public static long Of(DecodedSpan span, string key) =>
        Regex.Match(span.Attributes, $"(?:^|;){Regex.Escape(key)}=([0-9]+);") is { Success: true } found ? long.Parse(found.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) : 0;

    private void AssertOneContentEach() =>
        Assert.Equal([], contents.Where(span => span.Value.Count > 1).Select(span => $"{span.Key} with {span.Value.Count} contents:\n{string.Join('\n', span.Value)}").Take(3));

    /// <summary>What live and replay have in common.</summary>
    private static string Text(DecodedSpan span) =>
        (span with { Attributes = Own().Replace(span.Attributes, "") }).ToString();

    [GeneratedRegex(@"(?<=^|;)sparkobs\.(?!incomplete=)[a-z_.]+=(?:'[^']*'|\[[^\]]*\]|[^;]*);")]
    private static partial Regex Own();
}
