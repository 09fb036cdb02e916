using System.Diagnostics;
using Microsoft.Spark.Interop.Ipc;

namespace SparkObs.Spark;

/// <summary>A span of the program, with Spark's jobs of this thread below it until it is disposed.</summary>
public sealed class SparkActivity : IDisposable
{
    private readonly ThreadScope scope;
    private int disposed;

    private SparkActivity(Activity? activity, ThreadScope scope)
    {
        Activity = activity;
        this.scope = scope;
    }

    /// <summary>
    /// The span, for tags and events. Null where nobody listens to <c>SparkObs.Spark.Program</c>: then the jobs stand below the
    /// activity that was current, if there is one.
    /// </summary>
    public Activity? Activity { get; }

    internal static SparkActivity Start(JvmObjectReference owner, string name)
    {
        var activity = ProgramSpans.Source.StartActivity(name);
        return new SparkActivity(activity, ThreadScope.OfCaller(owner, Traceparent(activity ?? Activity.Current)));
    }

    /// <summary>Marks the span as failed: status, <c>error.type</c>, and an event with the exception.</summary>
    /// <param name="exception">Why it failed.</param>
    public void Fail(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        ProgramFailure.Note(Activity, exception);
    }

    /// <summary>
    /// Ends the span, and gives the JVM's thread back what it had before; where this happens on another thread than it was started on,
    /// too. Does nothing the second time, and throws nothing.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        scope.Leave();
        Activity?.Dispose();
    }

    private static string? Traceparent(Activity? activity) => TraceTag.Of(activity)?[TraceTag.Prefix.Length..];
}
