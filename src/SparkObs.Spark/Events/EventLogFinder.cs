namespace SparkObs.Spark.Events;

/// <summary>What a path holds.</summary>
/// <param name="Logs">By name.</param>
/// <param name="Skipped">Of a directory: what is no event log, a line each with the reason.</param>
internal sealed record FoundLogs(IReadOnlyList<EventLog> Logs, IReadOnlyList<string> Skipped);

/// <summary>Finds event logs: a file, a rolling log's folder, that of a journal or spool, a directory of applications, or <c>-</c> for standard input.</summary>
internal static class EventLogFinder
{
    private const string InProgress = ".inprogress";

    /// <exception cref="EventLogException">There is none.</exception>
    public static async Task<FoundLogs> FindAsync(string path, CancellationToken cancellationToken)
    {
        if (path == "-")
            return new FoundLogs([EventLog.StandardInput()], []);
        try
        {
            if (Directory.Exists(path))
                return (Rolling(path) ?? NumberedFolder.Find(path)) is { } log ? new FoundLogs([log], []) : await InDirectoryAsync(path, cancellationToken).ConfigureAwait(false);
            if (!File.Exists(path))
                throw new EventLogException($"{path}: no such file or directory");
            if (await ProblemOfAsync(path, cancellationToken).ConfigureAwait(false) is { } problem)
                throw new EventLogException($"{path} {problem}");
            return new FoundLogs([SingleFile(path)], []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EventLogException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static EventLog SingleFile(string path) =>
        new() { Path = path, Files = [path], InProgress = path.EndsWith(InProgress, StringComparison.Ordinal) };

    /// <summary>The rolling log in the folder, or null.</summary>
    private static EventLog? Rolling(string folder)
    {
        var files = RollingFolder.Files(folder, out var compactedAway);
        if (files.Count > 0)
        {
            return new EventLog
            {
                Path = folder,
                Folder = folder,
                Files = files,
                InProgress = RollingFolder.IsInProgress(folder),
                CompactedAway = compactedAway,
            };
        }

        return IsRollingName(folder)
            ? throw new EventLogException($"{folder} is a rolling event log without events_… files")
            : null;
    }

    private static bool IsRollingName(string folder) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)).StartsWith("eventlog_v2_", StringComparison.Ordinal);

    private static async Task<FoundLogs> InDirectoryAsync(string directory, CancellationToken cancellationToken)
    {
        var logs = new List<EventLog>();
        var skipped = new List<string>();
        foreach (var entry in Directory.EnumerateFileSystemEntries(directory).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(entry);
            if (name.StartsWith('.') || name.EndsWith(".crc", StringComparison.Ordinal))
                continue;
            try
            {
                if (Directory.Exists(entry))
                {
                    if ((Rolling(entry) ?? NumberedFolder.Find(entry)) is { } log)
                        logs.Add(log);
                }
                else if (await ProblemOfAsync(entry, cancellationToken).ConfigureAwait(false) is { } problem)
                {
                    skipped.Add($"{entry} {problem}");
                }
                else
                {
                    logs.Add(SingleFile(entry));
                }
            }
            catch (EventLogException e)
            {
                skipped.Add(e.Message);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                skipped.Add($"{entry} cannot be read: {e.Message}");
            }
        }

        if (logs.Count > 0)
            return new FoundLogs(logs, skipped);
        throw new EventLogException(skipped.Count == 0
            ? $"{directory} holds no event logs"
            : $"{directory} holds no event logs, only {skipped.Count} other files (the first: {skipped[0]})");
    }

    /// <summary>
    /// Why the file is no event log, or null. A running application may have flushed nothing yet, so an empty file that is
    /// marked as in progress is one.
    /// </summary>
    private static async Task<string?> ProblemOfAsync(string path, CancellationToken cancellationToken)
    {
        var head = new byte[4096];
        var length = 0;
        var cut = false;
        using var decoder = await LogCodec.OpenAsync(LogFileStream.Open(path), cancellationToken).ConfigureAwait(false);
        try
        {
            int read;
            while (length < head.Length && (read = await decoder.ReadAsync(head.AsMemory(length), cancellationToken).ConfigureAwait(false)) > 0)
                length += read;
        }
        catch (LogDamagedException)
        {
            cut = true;
        }

        if (length > 0)
            return IsEvent(head.AsSpan(0, length)) ? null : "is not a Spark event log";
        if (path.EndsWith(InProgress, StringComparison.Ordinal))
            return null;
        return cut ? "is damaged from its first block on: nothing in it can be read" : "is empty";
    }

    /// <summary>The first line's event need not be its first field, but stands near the line's begin.</summary>
    private static bool IsEvent(ReadOnlySpan<byte> head) =>
        head.TrimStart(" \t\r\n"u8) is [(byte)'{', ..] json && json.IndexOf("\"Event\""u8) >= 0;
}
