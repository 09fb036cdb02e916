using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SparkObs.Spark;
using SparkObs.Spark.Export;

namespace SparkObs.Cli;

/// <summary>Where the CLI keeps what must survive it: <c>$XDG_STATE_HOME/sparkobs</c>, else <c>~/.local/state/sparkobs</c>.</summary>
internal static class StateDirectory
{
    /// <summary>Instead of a path: nothing is kept.</summary>
    public const string None = "none";

    private static readonly TimeSpan KeepRuns = TimeSpan.FromDays(30);

    /// <summary>The folder of that name; null where the user has no home.</summary>
    public static string? Below(Func<string, string?> variable, string name)
    {
        var root = variable("XDG_STATE_HOME") is { Length: > 0 } state && Path.IsPathRooted(state) ? state
            : variable("HOME") is { Length: > 0 } home && Path.IsPathRooted(home) ? Path.Combine(home, ".local", "state")
            : null;
        return root is null ? null : Path.Combine(root, "sparkobs", name);
    }

    /// <param name="given">The option's value, or null.</param>
    /// <param name="name">The default's folder.</param>
    /// <returns>Null: from memory.</returns>
    public static string? Choose(string? given, Func<string, string?> variable, string name)
    {
        var chosen = given ?? variable.Told(SparkObsSettings.DataDirectoryVariable);
        return chosen == None ? null : chosen is null ? Below(variable, name) : Path.GetFullPath(chosen);
    }

    /// <summary>A folder for one run of <c>submit</c>; null: from memory. What runs left that nobody replayed goes after a month.</summary>
    public static string? OfRun(Func<string, string?> variable)
    {
        if (OfSubmit(variable, "submit") is not { } runs)
            return null;
        RemoveOld(runs);
        return Path.Combine(runs, string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyyMMdd-HHmmss}-{Environment.ProcessId}"));
    }

    /// <summary>
    /// Where spans wait on disk for a collector that is away: what one run of <c>submit</c> leaves, the next one with the same collector
    /// sends. Null: in memory.
    /// </summary>
    public static string? OfQueue(Func<string, string?> variable, Uri collector)
    {
        return OfSubmit(variable, "queue") is { } queues
            ? IfWritable(Path.Combine(queues, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(collector.ToString())).AsSpan(0, 8))), out _)
            : null;
    }

    private static string? OfSubmit(Func<string, string?> variable, string name) => variable.Told(SparkObsSettings.DataDirectoryVariable) switch
    {
        null => Below(variable, name),
        None => null,
        var told => Path.Combine(Path.GetFullPath(told), name),
    };

    private static void RemoveOld(string runs)
    {
        try
        {
            if (!Directory.Exists(runs))
                return;
            foreach (var run in Directory.GetDirectories(runs).Where(run => DateTime.UtcNow - Directory.GetLastWriteTimeUtc(run) > KeepRuns))
                Directory.Delete(run, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They are in nobody's way.
        }
    }

    /// <summary>The directory, if files can be written there; else null, and the reason.</summary>
    public static string? IfWritable(string? directory, out string? problem)
    {
        problem = null;
        if (directory is null)
            return null;
        try
        {
            PrivateFiles.CreateFolder(directory);
            var probe = Path.Combine(directory, $".probe-{Environment.ProcessId}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return directory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"{directory} cannot be written ({e.Message.TrimEnd('.')}): the bridge works from memory, and killed it loses what is open";
            return null;
        }
    }
}
