using System.Diagnostics;
using System.Text.Json;

namespace SparkObs.Spark.Tests;

/// <summary>
/// The event logs recorded on real Spark: in the toolbox at $SPARKOBS_TOOLBOX or ~/.cache/sparkobs-toolbox, which is unpacked
/// from <c>../shared/toolbox</c> beside the repository where it is not there.
/// </summary>
internal static class TestLogs
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly Lazy<string> Found = new(Find);

    private static readonly Lazy<IReadOnlyDictionary<string, LogCounts>> Counted = new(ReadCounts);

    /// <summary>Why there are no recorded logs, or null.</summary>
    public static string? Missing { get; } =
        File.Exists(Path.Combine(Toolbox, "eventlogs", "counts.json")) || File.Exists(UnpackScript)
            ? null
            : "no recorded event logs: set SPARKOBS_TOOLBOX to an unpacked toolbox";

    public static string Root => Found.Value;

    /// <summary>What counting with other tools found, by file below <see cref="Root"/>.</summary>
    public static IReadOnlyDictionary<string, LogCounts> Counts => Counted.Value;

    private static string Toolbox => Environment.GetEnvironmentVariable("SPARKOBS_TOOLBOX")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "sparkobs-toolbox");

    private static string UnpackScript => Repository.PathOf("..", "shared", "toolbox", "unpack");

    /// <summary>The file or rolling folder of a workload, such as <c>3.5.3/sql-aqe</c>.</summary>
    public static string Workload(string name) =>
        Directory.EnumerateFileSystemEntries(Path.Combine(Root, name)).Single(e => !Path.GetFileName(e).StartsWith('.'));

    /// <summary>The lines of an uncompressed workload.</summary>
    public static IReadOnlyList<byte[]> Lines(string workload) =>
        [.. File.ReadLines(Workload(workload), System.Text.Encoding.UTF8).Select(System.Text.Encoding.UTF8.GetBytes)];

    private static string Find()
    {
        var logs = Path.Combine(Toolbox, "eventlogs");
        if (!File.Exists(Path.Combine(logs, "counts.json")))
            Unpack();
        return logs;
    }

    private static void Unpack()
    {
        if (Missing is not null)
            throw new InvalidOperationException(Missing);
        using var process = Process.Start(new ProcessStartInfo(UnpackScript) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{UnpackScript} ended with {process.ExitCode}");
    }

    private static Dictionary<string, LogCounts> ReadCounts() =>
        JsonSerializer.Deserialize<Dictionary<string, LogCounts>>(File.ReadAllText(Path.Combine(Root, "counts.json")), SnakeCase)!;
}

/// <summary>A test that needs recorded logs: without them it is skipped and says why, but under CI it runs and fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LogFactAttribute : FactAttribute
{
    public LogFactAttribute() => Skip = LogTheoryAttribute.Reason;
}

/// <inheritdoc cref="LogFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LogTheoryAttribute : TheoryAttribute
{
    public LogTheoryAttribute() => Skip = Reason;

    internal static string? Reason => string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")) ? TestLogs.Missing : null;
}

/// <summary>What <c>counts.json</c> says of a file.</summary>
internal sealed record LogCounts(
    string Codec,
    long Lines,
    long RawBytes,
    long TextBytes,
    int UnparsableLines,
    bool UnparsableLastLine,
    int TasksFailed,
    int TasksKilled,
    int JobsFailed,
    int StagesFailed,
    Dictionary<string, int> Events,
    Dictionary<string, int> TaskEndReasons);
