using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using SparkObs.Cli.Submit;
using SparkObs.Cli.Tree;

namespace SparkObs.Cli.Doctor;

/// <summary>What the driver's side needs: Spark, a Java that it runs on, and our jar.</summary>
internal static partial class DriverChecks
{
    private static readonly TimeSpan AskWithin = TimeSpan.FromSeconds(20);

    /// <param name="spark">What was found, for the check of Java.</param>
    public static Finding Spark(Func<string, string?> variable, out SparkInstallation? spark)
    {
        spark = null;
        try
        {
            spark = SparkInstallation.Find(variable);
        }
        catch (UserError e)
        {
            return new Finding(Mark.Bad, "Spark", "no spark-submit", e.Message);
        }
        var where = spark.Home ?? spark.Script;
        return spark switch
        {
            { Version: null } => new Finding(Mark.Warning, "Spark", $"in {where}, of a version that cannot be told",
                "submit will use the listener alone, on the driver; Spark's jars folder or RELEASE file beside bin would tell the version"),
            { Major: < 3 } => new Finding(Mark.Bad, "Spark", $"{spark.Version} in {where}", "Spark 3.0 is the first that can be traced live; sparkobs replay reads older event logs"),
            { Major: 3, Minor: 0 } => new Finding(Mark.Warning, "Spark", $"{spark.Version} in {where}",
                "executors of 3.0 cannot load plugins from --jars (SPARK-32119): submit uses the listener alone, on the driver"),
            _ => Finding.Good("Spark", $"{spark.Version} in {where}"),
        };
    }

    /// <summary>The Java that spark-submit would start: that of JAVA_HOME, else the PATH's.</summary>
    public static async Task<Finding> JavaAsync(Func<string, string?> variable, SparkInstallation? spark)
    {
        var home = variable("JAVA_HOME") is { Length: > 0 } set ? set : null;
        var java = home is null ? "java" : Path.Combine(home, "bin", "java");
        var said = await AskAsync(java).ConfigureAwait(false);
        if (said is null || JavaVersion().Match(said) is not { Success: true } match)
        {
            return new Finding(Mark.Bad, "Java", said is null ? $"{java} cannot be started" : $"{java} does not tell its version",
                home is null ? "install Java 17, or set JAVA_HOME" : $"JAVA_HOME is {home}: set it to a Java's folder, or unset it");
        }
        var version = match.Groups[1].Value;
        var major = int.Parse(match.Groups[2].Success ? match.Groups[2].Value : match.Groups[3].Value, System.Globalization.CultureInfo.InvariantCulture);
        var least = spark is { Major: >= 4 } ? 17 : 8;
        return major < least
            ? new Finding(Mark.Bad, "Java", $"{version} ({java})", $"Spark {spark?.Version} needs Java {least}: set JAVA_HOME to one")
            : Finding.Good("Java", $"{version} ({java})");
    }

    public static Finding Jar() => ShimJar.Find() is { } jar
        ? Finding.Good("jar", $"{jar} ({Human.Bytes(new FileInfo(jar).Length)})")
        : new Finding(Mark.Bad, "jar", $"no {ShimJar.FileName} beside the program",
            "jobs would run without a trace: build jvm-shim (mvn -f jvm-shim package), then sparkobs again; submit --jar names one elsewhere");

    /// <summary>Whether the AWS SDK finds our jar, where it is on Spark's class path; null where it is not.</summary>
    public static Finding? S3(Func<string, string?> variable, SparkInstallation? spark)
    {
        const string Subject = "S3";
        if (spark is not { HasHadoopAws: true })
            return null;
        if (spark.HasJar("sparkobs-shim*.jar") || OnExecutors(variable, spark)?.Contains("sparkobs-shim", StringComparison.Ordinal) == true)
            return Finding.Good(Subject, "hadoop-aws and the plugin's jar are both on Spark's class path: S3 calls are seen");
        return new Finding(Mark.Warning, Subject, "hadoop-aws is in Spark's jars: executors' S3 calls are not seen, for --jars is not enough",
            $"put {ShimJar.FileName} on each node and set spark.executor.extraClassPath to it, or put it into Spark's jars; submit sets the driver's class path");
    }

    /// <summary>The executors' class path in spark-defaults.conf.</summary>
    private static string? OnExecutors(Func<string, string?> variable, SparkInstallation spark)
    {
        try
        {
            return new EffectiveConf(new SubmitArguments([]), spark.Home, variable)["spark.executor.extraClassPath"];
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>What <c>java -version</c> says, or null.</summary>
    private static async Task<string?> AskAsync(string java)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(java, ["-version"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            using var bound = new CancellationTokenSource(AskWithin);
            try
            {
                return await process.StandardError.ReadToEndAsync(bound.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                return null;
            }
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary><c>version "17.0.15"</c>, and <c>"1.8.0_412"</c> for 8.</summary>
    [GeneratedRegex(@"version ""((?:1\.([0-9]+)|([0-9]+))[^""]*)""")]
    private static partial Regex JavaVersion();
}
