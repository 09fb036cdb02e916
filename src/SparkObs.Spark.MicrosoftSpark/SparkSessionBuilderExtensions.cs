using System.Diagnostics;
using System.Reflection;
using Microsoft.Spark.Interop.Ipc;
using Microsoft.Spark.Sql;

namespace SparkObs.Spark;

/// <summary>SparkObs's plugin in a session that .NET builds.</summary>
public static class SparkSessionBuilderExtensions
{
    private const string PluginsKey = "spark.plugins";
    private const string ListenersKey = "spark.extraListeners";

    /// <summary>
    /// Puts SparkObs's plugin into the application, beside the plugins that it has; where there is a current activity, it becomes the
    /// parent of the application's span. Call it last, right before <c>GetOrCreate</c>. Where the driver's JVM does not have the
    /// plugin's class, it warns and changes nothing: the application would not start. Add the jar by <c>--jars</c> or to
    /// <c>$SPARK_HOME/jars</c>.
    /// </summary>
    /// <param name="builder">The session's builder.</param>
    /// <param name="observability">
    /// What listens in this process; its endpoint, and the file that holds its token, go into Spark's configuration. Null: something else
    /// listens, <c>sparkobs listen</c> for example, where <c>spark.sparkobs.endpoint</c> says or by default on this machine.
    /// </param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <example>
    /// <code>
    /// await using var observability = SparkObservability.Start();
    /// var spark = SparkSession.Builder().AppName("report").WithSparkObs(observability).GetOrCreate();
    /// </code>
    /// </example>
    public static Builder WithSparkObs(this Builder builder, SparkObservability? observability = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        try
        {
            foreach (var (key, value) in Conf(builder, observability))
                builder.Config(key, value);
        }
        catch (Exception e)
        {
            Plugin.Failed(builder.Reference.Jvm, "adding SparkObs's plugin", e);
        }
        return builder;
    }

    private static Dictionary<string, string> Conf(Builder builder, SparkObservability? observability)
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
            conf["spark.sparkobs.traceparent"] = tag[TraceTag.Prefix.Length..];
        foreach (var (own, value) in observability?.SparkConf ?? new Dictionary<string, string>())
            conf[own] = value;
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
