using System.Collections.Concurrent;
using System.Diagnostics;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark;

/// <summary>The program's own spans that run, so that an end of the process does not lose them.</summary>
internal sealed class OpenProgramSpans : IDisposable
{
    /// <summary>Spans of actions: more at once are a leak, and are not followed.</summary>
    private const int Max = 10_000;

    private readonly ConcurrentDictionary<Activity, bool> open = new();
    private readonly ActivityListener listener;

    public OpenProgramSpans()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == ProgramSpans.SourceName,
            // It makes no span happen, and sees those that others want.
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.None,
            ActivityStarted = activity =>
            {
                if (open.Count < Max)
                    open.TryAdd(activity, true);
            },
            ActivityStopped = activity => open.TryRemove(activity, out _),
        };
        ActivitySource.AddActivityListener(listener);
    }

    /// <summary>Ends them as ERROR: the program's error, or that nothing told their end.</summary>
    public void End(ProgramError? error)
    {
        foreach (var activity in open.Keys)
        {
            activity.SetTag(SparkAttributes.Incomplete.Name, true);
            activity.SetTag(SparkAttributes.ErrorType.Name, error?.Type ?? ErrorTypes.Incomplete);
            activity.SetStatus(ActivityStatusCode.Error, error?.Message ?? "The program ended before it");
            activity.Stop();
        }
    }

    public void Dispose() => listener.Dispose();
}
