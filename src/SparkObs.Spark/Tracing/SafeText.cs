using System.Text;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>Texts from a log made fit for a span: redacted, then cut. Both are idempotent: what the JVM has done stays as it is.</summary>
internal sealed class SafeText(Redaction redaction)
{
    /// <summary>Names come again and again (a stage's in each of its attempts and its job): the last ones are remembered.</summary>
    private readonly RecentMap<string, string> names = new(1_024);

    public string Name(string text)
    {
        if (!names.TryGetValue(text, out var safe))
            names.Add(text, safe = Make(text, EventLimits.Name));
        return safe;
    }

    /// <summary>Like a name, but one that hardly comes again.</summary>
    public string Value(string text) => Make(text, EventLimits.Name);

    public string NameInList(string text) => Cut(Name(text), EventLimits.NameInList);

    public string Message(string text) => Make(text, EventLimits.Message);

    public string PlanText(string text) => Make(text, EventLimits.PlanText);

    public string PlanNode(string text) => Make(text, EventLimits.PlanNode);

    /// <summary>A stack's first <see cref="EventLimits.StackFrames"/> frames, with the lines between them.</summary>
    public string Stack(string text) => Message(FirstFrames(text, EventLimits.StackFrames));

    /// <summary>Cuts to <paramref name="maxBytes"/> of UTF-8, the closing ellipsis counted, never inside a code point.</summary>
    internal static string Cut(string text, int maxBytes)
    {
        const int EllipsisBytes = 3;
        return Fits(text, maxBytes) ? text : string.Concat(text.AsSpan(0, PrefixLength(text, maxBytes - EllipsisBytes)), "…");
    }

    internal static string FirstFrames(string text, int limit)
    {
        var frames = 0;
        for (var start = 0; start < text.Length;)
        {
            if (text.AsSpan(start).StartsWith("\tat ", StringComparison.Ordinal) && ++frames > limit)
                return string.Concat(text.AsSpan(0, start), "…");
            var end = text.IndexOf('\n', start);
            if (end < 0)
                break;
            start = end + 1;
        }
        return text;
    }

    /// <summary>Redaction sees a margin beyond the limit, so that a secret across the cut is still whole.</summary>
    private string Make(string text, int limit)
    {
        var margin = limit + EventLimits.RedactionMargin;
        return Cut(redaction.Apply(Fits(text, margin) ? text : text[..PrefixLength(text, margin)]), limit);
    }

    private static bool Fits(string text, int maxBytes) => text.Length * 3L <= maxBytes || Encoding.UTF8.GetByteCount(text) <= maxBytes;

    /// <summary>How many characters fit into <paramref name="maxBytes"/>, whole code points only. A lone surrogate counts three bytes.</summary>
    private static int PrefixLength(string text, int maxBytes)
    {
        var bytes = 0;
        for (var i = 0; i < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var length);
            if (bytes + rune.Utf8SequenceLength > maxBytes)
                return i;
            bytes += rune.Utf8SequenceLength;
            i += length;
        }
        return text.Length;
    }
}
