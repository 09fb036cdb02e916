using System.Runtime.CompilerServices;
using Microsoft.Spark;
using Microsoft.Spark.Interop.Ipc;
using Microsoft.Spark.Sql;

namespace SparkObs.Spark;

/// <summary>
/// Spans of a program of .NET for Apache Spark, with the jobs that it starts below them. They are of the ActivitySource
/// <c>SparkObs.Spark.Program</c>, children of the current activity, and cost one call into the JVM each way (some 0.1 ms).
/// </summary>
/// <remarks>
/// A span is in force on one thread: the JVM has a thread for each of .NET's, and knows nothing of <c>await</c>. So trace each action
/// (<see cref="Trace(SparkSession, Action, string)"/>), or have no <c>await</c> between <see cref="StartActivity(SparkSession, string)"/>
/// and its end. After an <c>await</c> a new one is a child of the current activity as usual.
/// </remarks>
public static class SparkTracing
{
    private const string NoAwait = "A span is in force on one thread, and an await may move to another: trace each action inside instead.";

    /// <summary>Starts a span; Spark's jobs and SQL executions of this thread are below it until it is disposed.</summary>
    /// <param name="spark">The session.</param>
    /// <param name="name">The span's name: few values, such as <c>daily report</c>.</param>
    /// <returns>The running span; never null.</returns>
    /// <example><code>using (spark.StartActivity("daily report")) spark.Sql("…").Show();</code></example>
    public static SparkActivity StartActivity(this SparkSession spark, string name) => SparkActivity.Start(ReferenceOf(spark), name);

    /// <inheritdoc cref="StartActivity(SparkSession, string)"/>
    /// <param name="context">The context.</param>
    /// <param name="name">The span's name: few values, such as <c>daily report</c>.</param>
    public static SparkActivity StartActivity(this SparkContext context, string name) => SparkActivity.Start(ReferenceOf(context), name);

    /// <summary>Runs an action below a span of its own, which tells its exception, if it throws one.</summary>
    /// <param name="spark">The session.</param>
    /// <param name="action">What to run, on this thread.</param>
    /// <param name="name">The span's name; by default that of the calling method.</param>
    /// <example><code>spark.Trace(() => orders.Write().Parquet(path));</code></example>
    public static void Trace(this SparkSession spark, Action action, [CallerMemberName] string name = "")
    {
        ArgumentNullException.ThrowIfNull(action);
        Run(ReferenceOf(spark), name, action, static action =>
        {
            action();
            return 0;
        });
    }

    /// <inheritdoc cref="Trace(SparkSession, Action, string)"/>
    /// <returns>The action's result.</returns>
    public static T Trace<T>(this SparkSession spark, Func<T> action, [CallerMemberName] string name = "")
    {
        ArgumentNullException.ThrowIfNull(action);
        return Run(ReferenceOf(spark), name, action, static action => action());
    }

    /// <summary>Not for asynchronous code.</summary>
    /// <param name="spark">The session.</param>
    /// <param name="action">Would leave this thread.</param>
    /// <param name="name">The span's name.</param>
    [Obsolete(NoAwait, error: true)]
    public static void Trace(this SparkSession spark, Func<Task> action, [CallerMemberName] string name = "") => throw new NotSupportedException(NoAwait);

    /// <inheritdoc cref="Trace(SparkSession, Func{Task}, string)"/>
    /// <returns>Nothing.</returns>
    [Obsolete(NoAwait, error: true)]
    public static Task<T> Trace<T>(this SparkSession spark, Func<Task<T>> action, [CallerMemberName] string name = "") => throw new NotSupportedException(NoAwait);

    private static JvmObjectReference ReferenceOf(IJvmObjectReferenceProvider owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return owner.Reference;
    }

    private static T Run<TAction, T>(JvmObjectReference owner, string name, TAction action, Func<TAction, T> run)
    {
        using var activity = SparkActivity.Start(owner, name);
        try
        {
            return run(action);
        }
        catch (Exception e)
        {
            activity.Fail(e);
            throw;
        }
    }
}
