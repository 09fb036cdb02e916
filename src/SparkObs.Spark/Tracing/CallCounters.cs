namespace SparkObs.Spark.Tracing;

/// <summary>
/// What became of calls, each aggregate counted as one. The terms are disjoint: <c>Told = Written + OfOmittedTasks + BeyondLimit +
/// WithoutTask + Unsampled + Repeated + those that wait</c>. Written by one thread.
/// </summary>
internal sealed record CallCounters
{
    /// <summary>Calls that were read from lines.</summary>
    public long Told { get; set; }

    /// <summary>Calls with a span.</summary>
    public long Written { get; set; }

    /// <summary>Calls without a span: their task has none.</summary>
    public long OfOmittedTasks { get; set; }

    /// <summary>Calls without a span: beyond what one task, one parent, or all that wait may have.</summary>
    public long BeyondLimit { get; set; }

    /// <summary>Calls without a span: no event told of their task, or it ended too long ago.</summary>
    public long WithoutTask { get; set; }

    /// <summary>Calls below a caller whose <c>traceparent</c> says "not sampled".</summary>
    public long Unsampled { get; set; }

    /// <summary>Calls that were told before.</summary>
    public long Repeated { get; set; }

    /// <summary>Calls in lines that could not be read; not told, in the sense above.</summary>
    public long Unreadable { get; set; }

    /// <summary>Calls that the JVM's side made nothing of, as it says; not told, in the sense above.</summary>
    public long OmittedAtSource { get; set; }

    /// <summary>Attributes of calls that nothing here knows.</summary>
    public long UnknownAttributes { get; set; }

    /// <summary>Calls without a span, but for those that are not sampled.</summary>
    public long Omitted => OfOmittedTasks + BeyondLimit + WithoutTask + Unreadable + OmittedAtSource;
}
