using System.Runtime.CompilerServices;
using Microsoft.Spark.Interop.Ipc;

namespace SparkObs.Spark;

/// <summary>The classes of SparkObs's jar in the driver's JVM, as far as it has them.</summary>
internal static class Plugin
{
    public const string PluginClass = "io.sparkobs.SparkObsPlugin";
    public const string ListenerClass = "io.sparkobs.SparkObsListener";
    public const string CallerScopeClass = "io.sparkobs.CallerScope";
    public const string BatchScopeClass = "io.sparkobs.BatchScope";
    public const string ThreadScopeClass = "io.sparkobs.ThreadScope";

    /// <summary>One JVM a process, outside of tests.</summary>
    private static readonly ConditionalWeakTable<IJvmBridge, Known> Jvms = [];

    /// <summary>Where warnings go: standard error, which Spark puts into the driver's log.</summary>
    internal static Action<string> Notice { get; set; } = static text => Console.Error.WriteLine($"sparkobs: {text}");

    /// <summary>Whether the JVM can load the class; asked of the class loader that Spark itself loads plugins by. Costs a call.</summary>
    public static bool Has(IJvmBridge jvm, string className) =>
        jvm.CallStaticJavaMethod("org.apache.spark.util.Utils", "classIsLoadable", className) is true;

    /// <summary>Whether the JVM can put a span in force on its threads: asked once, and told once where it cannot.</summary>
    public static bool HasScopes(IJvmBridge jvm) => Of(jvm).HasScopes.Value;

    /// <summary>A failure of ours, which the program must not notice; the first one is told.</summary>
    public static void Failed(IJvmBridge jvm, string what, Exception failure) => Of(jvm).TellOnce($"{what} failed, and goes on without: {failure.Message}");

    /// <summary>A span went from one thread to another, which is told once: it is not what its author meant.</summary>
    public static void Moved(IJvmBridge jvm)
    {
        if (Interlocked.Exchange(ref Of(jvm).Moved, 1) == 0)
            Notice("a span was started on one thread and ended on another: what Spark did after the await does not stand below it. Trace each action by itself, with Trace.");
    }

    private static Known Of(IJvmBridge jvm) => Jvms.GetValue(jvm, static jvm => new Known(jvm));

    private sealed class Known
    {
        public int Moved;
        private int told;

        /// <summary>No thread waits for another one that asks.</summary>
        public Lazy<bool> HasScopes { get; }

        public Known(IJvmBridge jvm) => HasScopes = new Lazy<bool>(() => Ask(jvm), LazyThreadSafetyMode.PublicationOnly);

        public void TellOnce(string text)
        {
            if (Interlocked.Exchange(ref told, 1) == 0)
                Notice(text);
        }

        private bool Ask(IJvmBridge jvm)
        {
            try
            {
                if (Has(jvm, CallerScopeClass))
                    return true;
                TellOnce("the driver's JVM has no sparkobs-shim.jar of this version: Spark's jobs are not put below the program's spans. Add it by --jars, or to $SPARK_HOME/jars.");
            }
            catch (Exception e)
            {
                TellOnce($"asking for SparkObs's classes failed, and goes on without: {e.Message}");
            }
            return false;
        }
    }
}
