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

    public static string Root { get; } = Find();

    /// <summary>What counting with other tools found, by file below <see cref="Root"/>.</summary>
    public static IReadOnlyDictionary<string, LogCounts> Counts { get; } = ReadCounts();

    /// <summary>The file or rolling folder of a workload, such as <c>3.5.3/sql-aqe</c>.</summary>
    public static string Workload(string name) =>
        Directory.EnumerateFileSystemEntries(Path.Combine(Root, name)).Single(e => !Path.GetFileName(e).StartsWith('.'));

    /// <summary>The lines of an uncompressed workload.</summary>
    public static IReadOnlyList<byte[]> Lines(string workload) =>
        [.. File.ReadLines(Workload(workload), System.Text.Encoding.UTF8).Select(System.Text.Encoding.UTF8.GetBytes)];

    private static string Find()
    {
        var toolbox = Environment.GetEnvironmentVariable("SPARKOBS_TOOLBOX")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "sparkobs-toolbox");
        var logs = Path.Combine(toolbox, "eventlogs");
        if (!File.Exists(Path.Combine(logs, "counts.json")))
            Unpack();
        return logs;
    }

    private static void Unpack()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var unpack = Path.Combine(folder, "..", "shared", "toolbox", "unpack");
            if (!File.Exists(unpack))
                continue;
            using var process = Process.Start(new ProcessStartInfo(unpack) { RedirectStandardOutput = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0)
                return;
        }

        throw new InvalidOperationException("No recorded event logs: set SPARKOBS_TOOLBOX to an unpacked toolbox.");
    }

    private static Dictionary<string, LogCounts> ReadCounts() =>
        JsonSerializer.Deserialize<Dictionary<string, LogCounts>>(File.ReadAllText(Path.Combine(Root, "counts.json")), SnakeCase)!;
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
