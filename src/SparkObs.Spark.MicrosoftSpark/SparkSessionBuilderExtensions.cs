using System.Diagnostics;
using System.Reflection;
using Microsoft.Spark.Interop.Ipc;
using Microsoft.Spark.Sql;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark;

/// <summary>SparkObs's plugin in a session that .NET builds.</summary>
public static class SparkSessionBuilderExtensions
{
    private const string PluginsKey = "spark.plugins";
    private const string ListenersKey = "spark.extraListeners";

    /// <summary>
    /// Puts SparkObs's plugin into the application, beside the plugins that it has. What was started in this process
    /// (<see cref="SparkObservability.Start"/>) listens; where nothing was, something elsewhere does, <c>sparkobs listen</c> for example,
    /// where <c>spark.sparkobs.endpoint</c> says or by default on this machine. A current activity becomes the parent of the application's
    /// span. Call it last, right before <c>GetOrCreate</c>. Where the driver's JVM does not have the plugin's class, it warns and changes
    /// nothing: the application would not start. Add the jar by <c>--jars</c> or to <c>$SPARK_HOME/jars</c>.
    /// </summary>
    /// <param name="builder">The session's builder.</param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <example>
    /// <code>
    /// await using var observability = SparkObservability.Start();
    /// var spark = SparkSession.Builder().AppName("report").WithSparkObs().GetOrCreate();
    /// </code>
    /// </example>
    public static Builder WithSparkObs(this Builder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        try
        {
            foreach (var (key, value) in Conf(builder))
                builder.Config(key, value);
        }
        catch (Exception e)
        {
            Plugin.Failed(builder.Reference.Jvm, "adding SparkObs's plugin", e);
        }
        return builder;
    }

    private static Dictionary<string, string> Conf(Builder builder)
    {
        var conf = new Dictionary<string, string>(StringComparer.Ordinal);
        var jvm = builder.Reference.Jvm;
        if (!Plugin.Has(jvm, Plugin.PluginClass))
        {
            Plugin.Notice("the driver's JVM has no sparkobs-shim.jar: the application runs without traces. Add it by --jars, or to $SPARK_HOME/jars.");
            return conf;
        }
        // On 3.0 executors cannot load a plugin from --jars, and die of it for ever (SPARK-32119): there the driver's side alone.
        var (key, name) = jvm.CallStaticJavaMethod("org.apache.spark.deploy.dotnet.DotnetRunner", "SPARK_VERSION") is string version && version.StartsWith("3.0.", StringComparison.Ordinal)
            ? (ListenersKey, Plugin.ListenerClass)
            : (PluginsKey, Plugin.PluginClass);
        conf[key] = With(Present(builder, jvm, key), name);
        if (TraceTag.Of(Activity.Current) is { } tag)
            conf[ApplicationContext.CallerKey] = tag[TraceTag.Prefix.Length..];
        if (SparkObsCore.Current?.SparkConf is { } where)
        {
            foreach (var (own, value) in where)
                conf[own] = value;
        }
        return conf;
    }

    /// <summary>What the builder was told, else what spark-submit and spark-defaults.conf say.</summary>
    private static string Present(Builder builder, IJvmBridge jvm, string key)
    {
        var options = typeof(Builder).GetField("_options", BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(builder) as IReadOnlyDictionary<string, string>;
        return options?.GetValueOrDefault(key) ?? jvm.CallConstructor("org.apache.spark.SparkConf", true).Invoke("get", key, "") as string ?? "";
    }

    private static string With(string present, string name)
    {
        var names = present.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return names.Contains(name) ? present : string.Join(',', [.. names, name]);
    }
}
