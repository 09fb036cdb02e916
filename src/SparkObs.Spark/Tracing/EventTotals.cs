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

    public long LostOnBus { get; init; }

    public long LostEncoding { get; init; }

    public long LostInOutbox { get; init; }

    public long LostRefused { get; init; }

    public long LostWithBridge { get; init; }

    public long LostWithDriver { get; init; }

    /// <summary>Numbers that are missing from a journal or spool that is replayed: nobody there says why.</summary>
    public long LostUntold { get; init; }

    public long Lost => LostOnBus + LostEncoding + LostInOutbox + LostRefused + LostWithBridge + LostWithDriver + LostUntold;

    public void Write(SpanBatch batch)
    {
        Write(batch, SparkAttributes.EventsPosted, Posted);
        Write(batch, SparkAttributes.EventsDelivered, Delivered);
        Write(batch, SparkAttributes.EventsIgnored, Ignored);
        Write(batch, SparkAttributes.EventsLost, NotZero(Lost));
        Write(batch, SparkAttributes.EventsLostOnBus, NotZero(LostOnBus));
        Write(batch, SparkAttributes.EventsLostEncoding, NotZero(LostEncoding));
        Write(batch, SparkAttributes.EventsLostOutbox, NotZero(LostInOutbox));
        Write(batch, SparkAttributes.EventsLostRefused, NotZero(LostRefused));
        Write(batch, SparkAttributes.EventsLostBridge, NotZero(LostWithBridge));
        Write(batch, SparkAttributes.EventsLostDriver, NotZero(LostWithDriver));
    }

    private static long? NotZero(long count) => count == 0 ? null : count;

    private static void Write(SpanBatch batch, AttributeKey key, long? count)
    {
        if (count is { } known)
            batch.Set(key, known);
    }
}
