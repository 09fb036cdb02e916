namespace SparkObs.Spark.Tracing;

/// <summary>The kinds of span that can stand above a SQL execution or a job.</summary>
internal enum ParentKind : byte
{
    Application,
    Batch,
    Operation,
    Caller,
}

/// <summary>In which trace a top SQL execution or job stands, and below which span.</summary>
internal readonly record struct Placement(TraceId Trace, SpanId Parent, ParentKind Kind, bool Sampled)
{
    /// <summary>
    /// The rule: trace and parent are the batch's, else the operation's (whose trace is the caller's where there is one), else the
    /// caller's, else the application's. A batch wins because a stream's thread inherits the properties of whoever started it, for ever.
    /// </summary>
    public static Placement Of(JobOrigin origin, SpanIds ids, in Traceparent application)
    {
        if (origin.Batch is { } batch)
            return new(ids.OwnTrace("batch", batch.ToString()), ids.Batch(batch.ToString()), ParentKind.Batch, true);
        if (origin.OperationId is { } operation)
        {
            var trace = origin.Caller?.Trace ?? ids.OwnTrace("op", operation);
            return new(trace, ids.Operation(operation), ParentKind.Operation, origin.Caller?.Sampled ?? true);
        }
        if (origin.Caller is { } caller)
            return new(caller.Trace, caller.Span, ParentKind.Caller, caller.Sampled);
        return new(application.Trace, application.Span, ParentKind.Application, application.Sampled);
    }
}
