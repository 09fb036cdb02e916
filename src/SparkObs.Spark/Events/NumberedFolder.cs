namespace SparkObs.Spark.Events;

/// <summary>
/// The folder of one run of an application, as a bridge (<c>journal-000001.jsonl</c> …) or a driver that found no bridge
/// (<c>spool-000001.jsonl</c> …) leaves it: lines of event JSON with their numbers. Who writes it holds a lock on the file <c>lock</c>.
/// </summary>
internal static class NumberedFolder
{
    public const string Lock = "lock";

    /// <summary>The hello of the run, without its token.</summary>
    public const string Hello = "session.json";

    /// <summary>A bridge's files.</summary>
    public const string Journal = "journal-*.jsonl";

    /// <summary>A driver's files.</summary>
    public const string Spool = "spool-*.jsonl";

    /// <summary>The log in the folder, or null.</summary>
    public static EventLog? Find(string folder)
    {
        var files = Files(folder, Journal);
        if (files.Count == 0)
            files = Files(folder, Spool);
        return files.Count == 0 ? null : new EventLog { Path = folder, Files = files, IsNumbered = true, InProgress = IsLocked(Path.Combine(folder, Lock)) };
    }

    /// <summary>The files of the pattern, in the order of their lines.</summary>
    public static List<string> Files(string folder, string pattern) => [.. Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)];

    /// <summary>Another process holds it. Whether one can be held there at all depends on the system.</summary>
    private static bool IsLocked(string path)
    {
        if (!File.Exists(path) || !(OperatingSystem.IsLinux() || OperatingSystem.IsWindows()))
            return false;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            file.Lock(0, 1);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
