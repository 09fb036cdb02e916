namespace SparkObs.Spark.Tracing;

/// <summary>One trace: whether it is exported, and how many task spans it has had, for the limit a trace has.</summary>
internal sealed class TraceScope(TraceId trace, bool sampled)
{
    public TraceId Trace { get; } = trace;

    public bool Sampled { get; } = sampled;

    public int TaskSpans { get; set; }
}

/// <summary>Where a span can be found: what a link needs.</summary>
internal readonly record struct SpanReference(TraceScope Scope, SpanId Id);
