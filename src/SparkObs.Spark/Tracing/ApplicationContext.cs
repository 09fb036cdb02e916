namespace SparkObs.Spark.Tracing;

/// <summary>
/// Who an application is in traces, by its properties: <c>spark.sparkobs.*</c> of its conf, which its tasks have as local properties, so
/// that a worker finds the same.
/// </summary>
internal static class ApplicationContext
{
    public const string CallerKey = "spark.sparkobs.traceparent";
    public const string TraceKey = "spark.sparkobs.traceId";
    private const string SeedKey = "spark.sparkobs.id";

    /// <summary>What all ids are made of; null where no plugin has chosen one.</summary>
    public static string? SeedIn(IReadOnlyDictionary<string, string> properties) =>
        properties.GetValueOrDefault(SeedKey) is { } seed && TraceId.TryParse(seed, out _) ? seed : null;

    /// <summary>The application's span in its trace: the caller's, else the one that was chosen, else the seed.</summary>
    public static Traceparent Of(IReadOnlyDictionary<string, string> properties, string seed, SpanIds ids)
    {
        if (Traceparent.TryParse(properties.GetValueOrDefault(CallerKey), out var caller))
            return caller with { Span = ids.Application };
        var trace = TraceId.TryParse(properties.GetValueOrDefault(TraceKey), out var chosen) || TraceId.TryParse(seed, out chosen) ? chosen : default;
        return new Traceparent(trace, ids.Application, Sampled: true);
    }
}
