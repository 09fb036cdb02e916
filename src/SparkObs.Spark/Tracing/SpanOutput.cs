namespace SparkObs.Spark.Tracing;

/// <summary>
/// Where the builders of each span kind write. Order within a span: attributes, then events, then links. What no builder must
/// forget is here: unsampled traces, the marks of spans without an end and of those that reach beyond their parent.
/// </summary>
internal sealed class SpanOutput(SpanBatchPool pool, TraceCounters counters)
{
    private SpanBatch batch = pool.Take();

    /// <summary>The greatest time of any event so far: the end of what never ended.</summary>
    public long LastEventMs { get; set; }

    public bool IsEmpty => batch.Count == 0;

    /// <summary>Begins a span, or answers null: its trace is not sampled.</summary>
    public SpanBatch? Begin(OpenSpan span, string name)
    {
        var begun = Begin(span.Scope, name, span.Id, span.ParentId, span.StartMs, span.EndMs, span.Parent);
        if (begun is null)
            return null;
        begun.Current.ParentIsRemote = span.ParentIsRemote;
        span.WrittenEndMs = begun.Current.EndMs;
        if (span.LatestChildEndMs > begun.Current.EndMs)
            begun.Set(SparkAttributes.ChildrenOutside, true);
        return begun;
    }

    /// <inheritdoc cref="Begin(OpenSpan, string)"/>
    public SpanBatch? Begin(TraceScope scope, string name, SpanId id, SpanId parentId, long startMs, long? endMs, OpenSpan? parent)
    {
        if (!scope.Sampled)
        {
            counters.Unsampled++;
            return null;
        }
        var end = Math.Max(startMs, endMs ?? LastEventMs);
        batch.Begin(name, scope.Trace, id, parentId, startMs, end);
        if (endMs is null)
            batch.Set(SparkAttributes.Incomplete, true);
        if (parent is not null && (startMs < parent.StartMs || (parent.WrittenEndMs ?? parent.EndMs) < end))
            batch.Set(SparkAttributes.OutsideParent, true);
        else if (parent is not null)
            parent.LatestChildEndMs = Math.Max(parent.LatestChildEndMs, end);
        return batch;
    }

    public void End()
    {
        batch.End();
        counters.Spans++;
    }

    /// <summary>The spans written since the last call.</summary>
    public SpanBatch Take(SpanResource resource)
    {
        var full = batch;
        full.Resource = resource;
        batch = pool.Take();
        return full;
    }
}
