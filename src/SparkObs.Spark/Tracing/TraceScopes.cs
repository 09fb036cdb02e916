namespace SparkObs.Spark.Tracing;

/// <summary>The traces of one application, each as one object, so that what counts for a trace is counted once.</summary>
internal sealed class TraceScopes(ApplicationSpan application)
{
    /// <summary>A server's operations and a stream's batches have a trace each: of older ones nothing more comes.</summary>
    private readonly RecentMap<TraceId, TraceScope> scopes = new(10_000);

    public TraceScope Of(in Placement placement)
    {
        if (placement.Kind == ParentKind.Application || (placement.Trace == application.Context.Trace && placement.Sampled == application.Context.Sampled))
            return application.Scope;
        if (!scopes.TryGetValue(placement.Trace, out var scope) || scope.Sampled != placement.Sampled)
            scopes.Add(placement.Trace, scope = new TraceScope(placement.Trace, placement.Sampled));
        return scope;
    }
}
