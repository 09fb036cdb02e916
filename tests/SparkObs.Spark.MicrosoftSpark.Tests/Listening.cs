using System.Collections.Concurrent;
using System.Diagnostics;

namespace SparkObs.Spark.Tests;

/// <summary>Somebody who listens to the program's spans, until it is disposed.</summary>
internal sealed class Listening : IDisposable
{
    private readonly ActivityListener listener;

    public Listening(ActivitySamplingResult sampling = ActivitySamplingResult.AllDataAndRecorded)
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ProgramSpans.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => sampling,
            ActivityStopped = Ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public ConcurrentQueue<Activity> Ended { get; } = new();

    public void Dispose() => listener.Dispose();
}
