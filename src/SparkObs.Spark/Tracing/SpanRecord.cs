namespace SparkObs.Spark.Tracing;

/// <summary>OTLP's SpanKind, with its numbers (opentelemetry-proto, trace.proto).</summary>
internal enum SpanKind : byte
{
    Internal = 1,
    Server = 2,
    Client = 3,
}

/// <summary>OTLP's Status.StatusCode, with its numbers.</summary>
internal enum SpanStatus : byte
{
    Unset = 0,
    Ok = 1,
    Error = 2,
}

/// <summary>
/// One finished span. Attributes, events and links stand in the <see cref="SpanBatch"/> that holds the record;
/// the record has their places. Times are milliseconds since the Unix epoch, as Spark gives them.
/// </summary>
internal struct SpanRecord
{
    public TraceId Trace;
    public SpanId Id;

    /// <summary>The parent, or none for a root span.</summary>
    public SpanId Parent;

    /// <summary>The parent is a span of the caller's, from another process.</summary>
    public bool ParentIsRemote;

    public SpanKind Kind;
    public SpanStatus Status;
    public string Name;
    public string? StatusMessage;
    public long StartMs;
    public long EndMs;

    /// <summary>What a call's clock adds to <see cref="StartMs"/>: nanoseconds below a million. Spark's own times have none.</summary>
    public int StartNanos;

    /// <inheritdoc cref="StartNanos"/>
    public int EndNanos;
    internal int AttributeStart, AttributeCount, EventStart, EventCount, LinkStart, LinkCount;
}

/// <summary>Something with a time on a span.</summary>
internal struct SpanEvent
{
    public string Name;
    public long TimeMs;
    internal int AttributeStart, AttributeCount;
}

/// <summary>A span's pointer to another span.</summary>
internal struct SpanLink
{
    public TraceId Trace;
    public SpanId Id;
    internal int AttributeStart, AttributeCount;
}
