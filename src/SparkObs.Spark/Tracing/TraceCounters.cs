namespace SparkObs.Spark.Tracing;

/// <summary>The trace builder's side of the ledger: every span is emitted or left out for a reason. Written by one thread.</summary>
internal sealed class TraceCounters
{
    /// <summary>Spans emitted.</summary>
    public long Spans { get; set; }

    /// <summary>Spans below a caller whose <c>traceparent</c> says "not sampled".</summary>
    public long Unsampled { get; set; }

    /// <summary>Tasks without a span: ordinary ones of a large stage.</summary>
    public long TasksOrdinary { get; set; }

    /// <summary>Tasks without a span: failed, killed, speculative and retried ones beyond the limit of one stage.</summary>
    public long TasksStageLimit { get; set; }

    /// <summary>Tasks without a span: beyond the limit of one trace.</summary>
    public long TasksTraceLimit { get; set; }

    /// <summary>Events that repeat what was told before, or that end what never began.</summary>
    public long EventsIgnored { get; set; }

    public CallCounters Calls { get; } = new();

    public long TasksOmitted => TasksOrdinary + TasksStageLimit + TasksTraceLimit;
}
