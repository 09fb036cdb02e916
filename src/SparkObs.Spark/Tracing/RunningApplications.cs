namespace SparkObs.Spark.Tracing;

/// <summary>An application whose driver tells its events to this process.</summary>
/// <param name="Id">Spark's application id.</param>
/// <param name="Name">Its name, if it has one.</param>
/// <param name="Context">Its trace and its own span.</param>
internal sealed record RunningApplication(string Id, string? Name, Traceparent Context);

/// <summary>
/// The applications that run beside this process, so that what is not theirs to trace (log lines) can name them. Of several none is
/// meant. The last one stays after its end: what the program says then is still about it.
/// </summary>
internal sealed class RunningApplications
{
    private readonly Dictionary<object, RunningApplication> running = new(ReferenceEqualityComparer.Instance);
    private volatile RunningApplication? only;

    /// <summary>Those of all bridges of this process.</summary>
    public static RunningApplications OfProcess { get; } = new();

    /// <summary>The only application that runs, or that ran last; null before the first one and while there are several.</summary>
    public RunningApplication? Only => only;

    /// <param name="owner">Who tells of it, until it calls <see cref="Remove"/>.</param>
    /// <param name="application">What runs.</param>
    public void Set(object owner, RunningApplication application)
    {
        lock (running)
        {
            running[owner] = application;
            only = running.Count == 1 ? application : null;
        }
    }

    public void Remove(object owner)
    {
        lock (running)
        {
            if (running.Remove(owner) && running.Count == 1)
                only = running.Values.Single();
        }
    }
}
