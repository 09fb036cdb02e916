namespace SparkObs.Spark.Tracing;

/// <summary>What is known of a span until it is written; its times also tell whether a child reaches beyond it.</summary>
internal abstract class OpenSpan
{
    public SpanId Id { get; set; }

    public TraceScope Scope { get; set; } = null!;

    public SpanId ParentId { get; set; }

    /// <summary>The parent's own state, where SparkObs makes that span too.</summary>
    public OpenSpan? Parent { get; set; }

    public bool ParentIsRemote { get; set; }

    public long StartMs { get; set; }

    /// <summary>Null as long as no event has told the end.</summary>
    public long? EndMs { get; set; }

    /// <summary>The end that was written, told or not; null before.</summary>
    public long? WrittenEndMs { get; set; }

    /// <summary>The latest end of the children that were written while this span's own end was not known.</summary>
    public long LatestChildEndMs { get; set; }

    /// <summary>Calls that were written below it.</summary>
    public int Calls { get; set; }

    public SpanReference Reference => new(Scope, Id);
}
