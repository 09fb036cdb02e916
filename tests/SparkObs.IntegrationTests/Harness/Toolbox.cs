using System.Diagnostics;
using System.Text.RegularExpressions;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>
/// The real servers that these tests run against: the folder that SPARKOBS_TOOLBOX names, or what ../shared/toolbox/unpack, seen from
/// the repository's root, unpacks.
/// </summary>
internal static class Toolbox
{
    private static readonly Lazy<string> Unpacked = new(Unpack);

    /// <summary>The checkout's root.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Why the toolbox is not there, or null.</summary>
    public static string? Missing { get; } = NamedFolder() is not null || File.Exists(UnpackScript())
        ? null
        : "no toolbox: set SPARKOBS_TOOLBOX to a folder with servers/, spark-*/ and so on";

    /// <summary>The unpacked toolbox. The first call may unpack it, which takes about a minute.</summary>
    public static string Folder => Unpacked.Value;

    public static string Server(string name) => Path.Combine(Folder, "servers", name);

    private static string? NamedFolder() =>
        Environment.GetEnvironmentVariable("SPARKOBS_TOOLBOX") is { Length: > 0 } folder && Directory.Exists(folder) ? folder : null;

    private static string UnpackScript() => Path.Combine(Repository, "..", "shared", "toolbox", "unpack");

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SparkObs.Spark.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("SparkObs.Spark.sln is in no folder above the tests");
        return folder.FullName;
    }

    private static string Unpack()
    {
        if (NamedFolder() is { } folder)
            return folder;
        if (Missing is not null)
            throw new InvalidOperationException(Missing);
        using var script = Process.Start(new ProcessStartInfo(UnpackScript()) { RedirectStandardOutput = true })!;
        var environment = script.StandardOutput.ReadToEnd();
        script.WaitForExit();
        var found = Regex.Match(environment, "SPARKOBS_TOOLBOX='([^']+)'");
        return script.ExitCode == 0 && found.Success
            ? found.Groups[1].Value
            : throw new InvalidOperationException($"{UnpackScript()} failed with {script.ExitCode}");
    }
}
