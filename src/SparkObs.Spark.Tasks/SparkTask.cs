using System.Diagnostics;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark;

/// <summary>The Spark task that runs on a thread of Microsoft.Spark's worker, and where its span stands.</summary>
internal sealed class SparkTask
{
    /// <summary>The last one of this thread: a UDF asks for it at each row.</summary>
    [ThreadStatic]
    private static (object? Context, SparkTask? Task) last;

    private SparkTask(long id, TraceId trace, SpanId span, bool sampled, IReadOnlyDictionary<string, string> properties)
    {
        Id = id;
        Trace = trace.ToActivity();
        Span = span.ToActivity();
        Sampled = sampled;
        ApplicationId = properties.GetValueOrDefault(SparkAttributes.AppId.Name);
        ApplicationName = properties.GetValueOrDefault(SparkAttributes.AppName.Name);
    }

    /// <summary>The task of this thread; null outside of one, and where no plugin has left its ids.</summary>
    public static SparkTask? Current
    {
        get
        {
            if (WorkerContext.Current is not { } context)
                return null;
            if (!ReferenceEquals(last.Context, context))
                last = (context, Of(WorkerContext.TaskIdOf(context), WorkerContext.PropertiesOf(context)));
            return last.Task;
        }
    }

    public long Id { get; }

    public ActivityTraceId Trace { get; }

    public ActivitySpanId Span { get; }

    public bool Sampled { get; }

    /// <summary>Of SQL jobs: Spark hands their session's configuration on.</summary>
    public string? ApplicationId { get; }

    /// <inheritdoc cref="ApplicationId"/>
    public string? ApplicationName { get; }

    private static SparkTask? Of(long id, IReadOnlyDictionary<string, string> properties)
    {
        if (ApplicationContext.SeedIn(properties) is not { } seed)
            return null;
        var ids = new SpanIds(seed);
        var placement = Placement.Of(JobOrigin.Of(JobProperties.OriginIn(properties)), ids, ApplicationContext.Of(properties, seed, ids));
        return new SparkTask(id, placement.Trace, ids.Task(id), placement.Sampled, properties);
    }
}
