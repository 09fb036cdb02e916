namespace SparkObs.Spark.Tracing;

/// <summary>Live: what became of the application's events, as far as it is known when its span is written.</summary>
internal sealed record EventTotals
{
    public static readonly EventTotals None = new();

    /// <summary>Null where nobody counted.</summary>
    public long? Posted { get; init; }

    /// <inheritdoc cref="Posted"/>
    public long? Delivered { get; init; }

    /// <inheritdoc cref="Posted"/>
    public long? Ignored { get; init; }

    public long Lost { get; init; }

    public IReadOnlyList<KeyValuePair<AttributeKey, long>> LostByReason { get; init; } = [];

    public void Write(SpanBatch batch)
    {
        Write(batch, SparkAttributes.EventsPosted, Posted);
        Write(batch, SparkAttributes.EventsDelivered, Delivered);
        Write(batch, SparkAttributes.EventsIgnored, Ignored);
        if (Lost == 0)
            return;
        batch.Set(SparkAttributes.EventsLost, Lost);
        foreach (var (reason, count) in LostByReason)
        {
            if (count > 0)
                batch.Set(reason, count);
        }
    }

    private static void Write(SpanBatch batch, AttributeKey key, long? count)
    {
        if (count is { } known)
            batch.Set(key, known);
    }
}
