namespace SparkObs.IntegrationTests.Calls;

/// <summary>Compares texts in any order, each as often as it is there; all that differs is said.</summary>
internal static class Same
{
    public static void Assert(IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var counts = new SortedDictionary<string, (int Expected, int Actual)>(StringComparer.Ordinal);
        foreach (var text in expected)
            counts[text] = (counts.GetValueOrDefault(text).Expected + 1, 0);
        foreach (var text in actual)
            counts[text] = counts.GetValueOrDefault(text) is var (wanted, seen) ? (wanted, seen + 1) : default;
        var differences = counts.Where(count => count.Value.Expected != count.Value.Actual)
            .Select(count => $"{count.Value.Actual} instead of {count.Value.Expected}: {count.Key}");
        var all = string.Join('\n', differences);
        Xunit.Assert.True(all.Length == 0, all);
    }
}
