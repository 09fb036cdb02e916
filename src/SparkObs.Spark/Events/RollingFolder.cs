using System.Globalization;

namespace SparkObs.Spark.Events;

/// <summary>
/// The names in a rolling log's folder: <c>events_&lt;n&gt;_&lt;application&gt;[.codec][.compact]</c> and
/// <c>appstatus_&lt;application&gt;[.inprogress]</c>.
/// </summary>
internal static class RollingFolder
{
    private const string EventsPrefix = "events_";
    private const string Compact = ".compact";

    /// <summary>The files to read in order. A compacted file replaces all up to its number.</summary>
    public static List<string> Files(string folder, out bool compactedAway)
    {
        var files = new List<(long Number, bool Compact, string Path)>();
        foreach (var path in Directory.EnumerateFiles(folder, EventsPrefix + "*"))
        {
            if (Number(path) is { } number)
                files.Add((number, path.EndsWith(Compact, StringComparison.Ordinal), path));
        }

        var compacted = files.Where(f => f.Compact).Select(f => (long?)f.Number).Max();
        compactedAway = compacted is not null;
        return [.. files
            .Where(f => compacted is null || f.Number > compacted || (f.Compact && f.Number == compacted))
            .OrderBy(f => f.Number)
            .Select(f => f.Path)];
    }

    /// <summary>The file after this one, if Spark has begun it.</summary>
    public static string? Next(string folder, string file)
    {
        var number = Number(file);
        return Files(folder, out _).Find(f => Number(f) > number);
    }

    public static bool IsInProgress(string folder) => Directory.EnumerateFiles(folder, "appstatus_*.inprogress").Any();

    private static long? Number(string path)
    {
        var name = Path.GetFileName(path.AsSpan());
        if (!name.StartsWith(EventsPrefix, StringComparison.Ordinal) || name.EndsWith(".crc", StringComparison.Ordinal))
            return null;
        name = name[EventsPrefix.Length..];
        var end = name.IndexOf('_');
        return end > 0 && long.TryParse(name[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
