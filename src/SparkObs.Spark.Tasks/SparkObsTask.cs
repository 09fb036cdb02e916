using System.Diagnostics;

namespace SparkObs.Spark;

/// <summary>
/// A span of your own in a UDF, below the span of the Spark task that runs it. It is sent over OTLP from the worker's process, as the
/// <c>OTEL_EXPORTER_OTLP_*</c> variables there say (<c>spark.executorEnv.OTEL_EXPORTER_OTLP_ENDPOINT</c>). Needs SparkObs's plugin;
/// without it, or outside of a task, it does nothing. It never throws, and a collector that is away costs spans, not time.
/// </summary>
/// <example>
/// <code>
/// Func&lt;Column, Column&gt; priceOf = Udf&lt;string, double&gt;(id =&gt;
/// {
///     using var task = SparkObsTask.Start("lookup");
///     return Prices.Find(id);
/// });
/// </code>
/// </example>
public sealed class SparkObsTask : IDisposable
{
    /// <summary>On the outermost activity of a task: its <see cref="SparkTask"/>.</summary>
    private const string Mark = "sparkobs.task";

    private static readonly SparkObsTask Nothing = new(null);

    private int ended;

    private SparkObsTask(Activity? activity) => Activity = activity;

    /// <summary>
    /// The span, for tags and a status; null where there is none. It is <see cref="Activity.Current"/> until it is disposed, so that
    /// other spans, an <see cref="HttpClient"/>'s for example, are its children.
    /// </summary>
    public Activity? Activity { get; }

    /// <summary>
    /// Starts a span, which ends when what is returned is disposed. Call it before the first <c>await</c>: other threads than the
    /// task's own do not know the task, only the span that was started before.
    /// </summary>
    /// <param name="name">The span's name: few values, such as <c>lookup</c>.</param>
    /// <returns>The running span; never null.</returns>
    public static SparkObsTask Start(string name)
    {
        try
        {
            var task = SparkTask.Current;
            var enclosing = Enclosing(task);
            if (enclosing is null && task is null)
                return Nothing;
            var activity = new Activity(name);
            activity.SetIdFormat(ActivityIdFormat.W3C);
            if (enclosing is null)
            {
                activity.SetParentId(task!.Trace, task.Span, task.Sampled ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None);
                activity.SetCustomProperty(Mark, task);
            }
            return new SparkObsTask(activity.Start());
        }
        catch (Exception e)
        {
            TaskSpans.Warn($"no span was started: {e.Message}");
            return Nothing;
        }
    }

    /// <summary>Ends the span.</summary>
    public void Dispose()
    {
        if (Activity is null || Interlocked.Exchange(ref ended, 1) != 0)
            return;
        try
        {
            Activity.Stop();
            if (Activity.Recorded && TaskOf(Activity) is { } task)
                TaskSpans.Add(Activity, task);
        }
        catch (Exception e)
        {
            TaskSpans.Warn($"a span was lost: {e.Message}");
        }
    }

    /// <summary>
    /// The current activity, if it belongs to the task that runs here: threads are used again, and an activity that an earlier task never
    /// ended is none of this one's. Other threads than a task's have no task, but the activity that they were started with.
    /// </summary>
    private static Activity? Enclosing(SparkTask? task) =>
        Activity.Current is { } current && TaskOf(current) is { } owner && (task is null || ReferenceEquals(owner, task)) ? current : null;

    private static SparkTask? TaskOf(Activity activity)
    {
        for (var next = activity; next is not null; next = next.Parent)
        {
            if (next.GetCustomProperty(Mark) is SparkTask task)
                return task;
        }
        return null;
    }
}
