namespace SparkObs.Spark.Events;

/// <summary>One application's event log.</summary>
internal sealed class EventLog
{
    /// <summary>What to call it: the file, the rolling folder, or <c>standard input</c>.</summary>
    public required string Path { get; init; }

    /// <summary>In the order to read them; empty for standard input.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The folder of a rolling log, where more files may appear.</summary>
    public string? Folder { get; init; }

    /// <summary>Spark has not marked it as complete: the application runs, or it crashed.</summary>
    public bool InProgress { get; init; }

    /// <summary>Spark has compacted the log's beginning: events of tasks, jobs and stages that had ended are gone.</summary>
    public bool CompactedAway { get; init; }

    /// <summary>A bridge's journal or a driver's spool: every line has its number, and the first one is 1.</summary>
    public bool IsNumbered { get; init; }

    /// <summary>Read instead of files.</summary>
    public Stream? Input { get; init; }

    public static EventLog FromStream(string name, Stream input) => new() { Path = name, Input = input };

    public static EventLog StandardInput() => FromStream("standard input", Console.OpenStandardInput());
}
