using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace SparkObs.Cli.Submit;

/// <summary>The spark-submit that is used, where its Spark lies and which it is.</summary>
/// <param name="Script">The path of spark-submit.</param>
/// <param name="Home">Null when it cannot be told.</param>
/// <param name="Version">As Spark names it, <c>3.5.3</c>; null when it cannot be told.</param>
internal sealed partial record SparkInstallation(string Script, string? Home, string? Version)
{
    private static readonly TimeSpan AskWithin = TimeSpan.FromSeconds(30);

    /// <summary>3 of 3.5.3; 0 when the version is not known.</summary>
    public int Major => Part(0);

    public int Minor => Part(1);

    /// <summary>
    /// The AWS SDK is on Spark's class path, and looks there for what sees its requests: a jar that comes by --jars it does not find.
    /// </summary>
    public bool HasHadoopAws => HasJar("hadoop-aws-*.jar");

    /// <summary>Whether there is such a file in Spark's own jars.</summary>
    public bool HasJar(string pattern) =>
        Home is not null && Path.Combine(Home, "jars") is var jars && Directory.Exists(jars) && Directory.EnumerateFiles(jars, pattern).Any();

    /// <summary>Looks in SPARK_HOME, then on the PATH.</summary>
    /// <exception cref="UserError">There is none.</exception>
    public static SparkInstallation Find(Func<string, string?> variable)
    {
        var name = OperatingSystem.IsWindows() ? "spark-submit.cmd" : "spark-submit";
        string script;
        if (variable("SPARK_HOME") is { Length: > 0 } home)
        {
            script = Path.Combine(home, "bin", name);
            if (!File.Exists(script))
                throw new UserError($"SPARK_HOME is {home}, but there is no {script}; set it to Spark's folder, or unset it to use spark-submit from the PATH");
        }
        else
        {
            script = (variable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
                ?? throw new UserError("no spark-submit: set SPARK_HOME to Spark's folder, or put spark-submit on the PATH");
            home = HomeOf(script);
        }
        return new SparkInstallation(script, home, VersionIn(home) ?? AskVersion(script));
    }

    /// <summary>The folder above; where pip installed it, that of the package.</summary>
    private static string? HomeOf(string script)
    {
        var real = new FileInfo(script).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? script;
        var above = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(real)));
        if (above is null || Directory.Exists(Path.Combine(above, "jars")))
            return above;
        var libraries = Path.Combine(above, "lib");
        return Directory.Exists(libraries)
            ? Directory.EnumerateDirectories(libraries, "python3*").Select(python => Path.Combine(python, "site-packages", "pyspark")).FirstOrDefault(Directory.Exists)
            : null;
    }

    private static string? VersionIn(string? home)
    {
        if (home is null)
            return null;
        var jars = Path.Combine(home, "jars");
        var core = Directory.Exists(jars) ? Directory.EnumerateFiles(jars, "spark-core_*.jar").FirstOrDefault() : null;
        if (core is not null && CoreJar().Match(Path.GetFileName(core)) is { Success: true } jar)
            return jar.Groups[1].Value;
        var release = Path.Combine(home, "RELEASE");
        return File.Exists(release) && ReleaseLine().Match(File.ReadAllText(release)) is { Success: true } line ? line.Groups[1].Value : null;
    }

    /// <summary>Starts a JVM: the last resort.</summary>
    private static string? AskVersion(string script)
    {
        using var process = TryStart(new ProcessStartInfo(script, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true });
        if (process is null)
            return null;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        var said = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(AskWithin))
            process.Kill(entireProcessTree: true);
        return said.Wait(AskWithin) && BannerVersion().Match(said.Result) is { Success: true } banner ? banner.Groups[1].Value : null;
    }

    /// <summary>Null when it is no program; that is said when the job is started.</summary>
    private static Process? TryStart(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private int Part(int index) =>
        Version?.Split('.', '-') is { } parts && parts.Length > index && int.TryParse(parts[index], out var number) ? number : 0;

    [GeneratedRegex(@"^spark-core_[0-9.]+-([0-9]+\.[0-9]+.*)\.jar$")]
    private static partial Regex CoreJar();

    [GeneratedRegex(@"^Spark ([0-9]+\.[0-9]+\S*)")]
    private static partial Regex ReleaseLine();

    [GeneratedRegex(@"version ([0-9]+\.[0-9]+\S*)")]
    private static partial Regex BannerVersion();
}
