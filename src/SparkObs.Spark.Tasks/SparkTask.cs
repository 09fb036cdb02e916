using System.Diagnostics;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark;

/// <summary>The Spark task that runs on a thread of Microsoft.Spark's worker, and where its span stands.</summary>
internal sealed class SparkTask
{
    private const string SeedKey = "spark.sparkobs.id";
    private const string TraceKey = "spark.sparkobs.traceId";
    private const string CallerKey = "spark.sparkobs.traceparent";

    /// <summary>The last one of this thread: a UDF asks for it at each row.</summary>
    [ThreadStatic]
    private static (object? Context, SparkTask? Task) last;

    private SparkTask(long id, TraceId trace, SpanId span, bool sampled, IReadOnlyDictionary<string, string> properties)
    {
        Id = id;
        Trace = ActivityTraceId.CreateFromString(trace.ToString());
        Span = ActivitySpanId.CreateFromString(span.ToString());
        Sampled = sampled;
        ApplicationId = properties.GetValueOrDefault("spark.app.id");
        ApplicationName = properties.GetValueOrDefault("spark.app.name");
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
        if (properties.GetValueOrDefault(SeedKey) is not { } seed || !TraceId.TryParse(seed, out var seedTrace))
            return null;
        var ids = new SpanIds(seed);
        if (!Traceparent.TryParse(properties.GetValueOrDefault(CallerKey), out var application))
        {
            var trace = TraceId.TryParse(properties.GetValueOrDefault(TraceKey), out var own) ? own : seedTrace;
            application = new Traceparent(trace, ids.Application, Sampled: true);
        }
        var origin = JobOrigin.Of(new JobProperties
        {
            StreamingQueryId = properties.GetValueOrDefault("sql.streaming.queryId"),
            StreamingBatchId = properties.GetValueOrDefault("streaming.sql.batchId"),
            JobGroup = properties.GetValueOrDefault("spark.jobGroup.id"),
            Tags = properties.GetValueOrDefault("spark.job.tags"),
            Traceparent = properties.GetValueOrDefault("traceparent"),
        });
        var placement = Placement.Of(origin, ids, application);
        return new SparkTask(id, placement.Trace, ids.Task(id), placement.Sampled, properties);
    }
}
