namespace SparkObs.Spark.Tracing;

/// <summary>How a link stands on a span: with why it is there. To a trace that is not exported there is none.</summary>
internal static class LinkAttributes
{
    public static void AddLink(this SpanBatch batch, in SpanReference target, string type)
    {
        if (target.Scope.Sampled)
            batch.AddLink(target.Scope.Trace, target.Id, type);
    }

    public static void AddLink(this SpanBatch batch, TraceId trace, SpanId span, string type)
    {
        batch.AddLink(trace, span);
        batch.Set(SparkAttributes.LinkType, type);
    }
}
