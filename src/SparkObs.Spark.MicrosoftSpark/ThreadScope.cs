using System.Globalization;
using Microsoft.Spark.Interop.Ipc;

namespace SparkObs.Spark;

/// <summary>
/// What is in force on the JVM's thread that serves this one, until it is disposed: one call into the JVM each way. The JVM's side
/// keeps which thread it was and what it had before, so disposing may happen on any thread and in any order. Throws nothing. Takes no
/// lock while it calls: calls are few at a time, and one that waits for its turn must hold nobody up.
/// </summary>
internal readonly struct ThreadScope
{
    private readonly IJvmBridge? jvm;
    private readonly long id;
    private readonly int thread;

    private ThreadScope(IJvmBridge jvm, long id)
    {
        this.jvm = jvm;
        this.id = id;
        thread = Environment.CurrentManagedThreadId;
    }

    /// <summary>Puts a span in force.</summary>
    /// <param name="owner">The SparkSession or SparkContext.</param>
    /// <param name="traceparent">The span; null: nothing is done.</param>
    public static ThreadScope OfCaller(JvmObjectReference owner, string? traceparent)
    {
        if (traceparent is null)
            return default;
        try
        {
            return Plugin.HasScopes(owner.Jvm) && owner.Jvm.CallStaticJavaMethod(Plugin.CallerScopeClass, "enter", owner, traceparent) is long id and not 0
                ? new ThreadScope(owner.Jvm, id)
                : default;
        }
        catch (Exception e)
        {
            Plugin.Failed(owner.Jvm, "putting Spark's jobs below the program's span", e);
            return default;
        }
    }

    /// <summary>Puts a micro-batch in force.</summary>
    /// <param name="frame">What Spark gave to the delegate.</param>
    /// <param name="batchId">Likewise.</param>
    /// <param name="traceparent">The batch's span; null where no plugin runs.</param>
    public static ThreadScope OfBatch(JvmObjectReference frame, long batchId, out string? traceparent)
    {
        traceparent = null;
        try
        {
            if (!Plugin.HasScopes(frame.Jvm) || frame.Jvm.CallStaticJavaMethod(Plugin.BatchScopeClass, "enter", frame, batchId) is not string { Length: > 0 } entered)
                return default;
            var parts = entered.Split(' ');
            traceparent = parts.Length > 1 ? parts[1] : null;
            return new ThreadScope(frame.Jvm, long.Parse(parts[0], CultureInfo.InvariantCulture));
        }
        catch (Exception e)
        {
            Plugin.Failed(frame.Jvm, "putting jobs below their micro-batch", e);
            return default;
        }
    }

    public void Leave()
    {
        if (jvm is null)
            return;
        if (thread != Environment.CurrentManagedThreadId)
            Plugin.Moved(jvm);
        try
        {
            jvm.CallStaticJavaMethod(Plugin.ThreadScopeClass, "leave", id);
        }
        catch (Exception e)
        {
            Plugin.Failed(jvm, "taking the program's span back from Spark's thread", e);
        }
    }
}
