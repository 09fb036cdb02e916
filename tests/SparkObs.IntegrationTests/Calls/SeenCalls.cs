using System.Globalization;
using System.Text.Json;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Calls;

/// <summary>How many calls of each name a trace holds, those that stand in aggregates with their count.</summary>
internal static class SeenCalls
{
    /// <summary>"name: count" in order of names.</summary>
    /// <param name="kind">s3, jdbc, …; of file systems the aggregates of bytes, which count nothing, are left out.</param>
    public static IReadOnlyList<string> ByName(string spans, string kind) =>
    [
        .. OtlpSpans.Read(spans).All
            .Where(span => OtlpSpans.Attribute(span, "sparkobs.call.kind") == kind)
            .GroupBy(span => span.GetProperty("name").GetString()!, Count)
            .Select(group => (group.Key, Count: group.Sum()))
            .Where(group => group.Count > 0)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key}: {group.Count}"),
    ];

    /// <summary>The kinds of which there are any.</summary>
    public static IReadOnlyList<string> Kinds(string spans) =>
    [
        .. OtlpSpans.Read(spans).All.Select(span => OtlpSpans.Attribute(span, "sparkobs.call.kind")).OfType<string>().Distinct().Order(StringComparer.Ordinal),
    ];

    private static long Count(JsonElement span) =>
        OtlpSpans.Attribute(span, "sparkobs.calls.count") is { } count ? long.Parse(count, CultureInfo.InvariantCulture) : 1;
}
