using System.Security.Cryptography;
using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Submit;

/// <summary>What is added to spark-submit's command line, and the trace that comes of it. What the user gave stays.</summary>
internal sealed class Wiring
{
    private const string Plugin = "io.sparkobs.SparkObsPlugin";
    private const string Listener = "io.sparkobs.SparkObsListener";
    private const string UiUrlKey = "spark.sparkobs.ui.url";

    private readonly List<string> added = [];
    private readonly EffectiveConf conf;

    /// <param name="jar">As Spark's driver and executors see it.</param>
    /// <param name="endpoint">The bridge's, as the driver sees it.</param>
    /// <param name="traceparent">The caller's, from the environment; the conf's own wins.</param>
    /// <param name="uiUrl">A trace's page with <c>{traceId}</c> in it; the conf's own is used without one.</param>
    public Wiring(EffectiveConf conf, SparkInstallation spark, string jar, string endpoint, string? traceparent, string? uiUrl)
    {
        this.conf = conf;
        added.AddRange(["--jars", Merged(conf.Jars, jar)]);
        if (spark.HasHadoopAws && SeesS3(conf) && !conf.IsCluster && LocalFile(jar) is { } file)
            added.AddRange(["--driver-class-path", Merged(conf.DriverClassPath, file, Path.PathSeparator)]);
        if (NeedsListener(spark))
            Set("spark.extraListeners", Merged(conf["spark.extraListeners"], Listener));
        else
            Set("spark.plugins", Merged(conf["spark.plugins"], Plugin));
        Set("spark.sparkobs.endpoint", endpoint);
        ChooseTrace(traceparent);
        uiUrl ??= conf[UiUrlKey];
        if (uiUrl is not null)
        {
            Set(UiUrlKey, uiUrl);
            TraceUrl = uiUrl.Replace("{traceId}", Trace, StringComparison.Ordinal);
        }
    }

    /// <summary>Options for spark-submit, behind the user's own.</summary>
    public IReadOnlyList<string> Added => added;

    public string Trace { get; private set; } = "";

    /// <summary>Null when nobody said where traces are shown.</summary>
    public string? TraceUrl { get; }

    /// <summary>The caller does not want its trace recorded: nothing below it is exported.</summary>
    public bool Unsampled { get; private set; }

    /// <summary>The caller's traceparent is none, and is not used.</summary>
    public string? WrongTraceparent { get; private set; }

    /// <summary>
    /// Executors of Spark 3.0 cannot load a plugin from --jars and die for ever (SPARK-32119): there, and where the version is not known,
    /// the listener alone, on the driver.
    /// </summary>
    private static bool NeedsListener(SparkInstallation spark) => spark.Major < 3 || (spark.Major == 3 && spark.Minor == 0);

    /// <summary>As the plugin reads it (CallsConf.java): s3 is the default, also of a list that is wrong.</summary>
    private static bool SeesS3(EffectiveConf conf) => conf["spark.sparkobs.calls"] is not { } calls || calls.Contains("s3", StringComparison.Ordinal);

    /// <summary>Null when it lies elsewhere, or only where the driver runs.</summary>
    private static string? LocalFile(string jar)
    {
        // Java and Spark write file:/path; System.Uri wants more slashes.
        var path = jar.StartsWith("file:/", StringComparison.Ordinal) ? "/" + jar["file:".Length..].TrimStart('/') : jar;
        return File.Exists(path) ? Path.GetFullPath(path) : null;
    }

    private static string Merged(string? theirs, string ours, char between = ',')
    {
        var list = (theirs ?? "").Split(between, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return list.Contains(ours) ? string.Join(between, list) : string.Join(between, [.. list, ours]);
    }

    private void ChooseTrace(string? traceparent)
    {
        var text = conf[ApplicationContext.CallerKey] ?? traceparent;
        if (Traceparent.TryParse(text, out var caller))
        {
            Set(ApplicationContext.CallerKey, text!);
            Trace = caller.Trace.ToString();
            Unsampled = !caller.Sampled;
            return;
        }
        WrongTraceparent = string.IsNullOrEmpty(text) ? null : text;
        Trace = TraceId.TryParse(conf[ApplicationContext.TraceKey], out var given) ? given.ToString() : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        Set(ApplicationContext.TraceKey, Trace);
    }

    private void Set(string key, string value) => added.AddRange(["--conf", $"{key}={value}"]);
}
