namespace SparkObs.Spark.Tracing;

/// <summary>What a user decides about traces.</summary>
internal sealed record TraceOptions
{
    public TaskSelectionLimits Selection { get; init; } = TaskSelectionLimits.Default;

    /// <summary>The user's own resource attributes (<c>OTEL_RESOURCE_ATTRIBUTES</c>); they win over SparkObs's.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ResourceAttributes { get; init; } = [];

    /// <summary><c>OTEL_SERVICE_NAME</c>; without it the application's name.</summary>
    public string? ServiceName { get; init; }

    /// <summary>Is told, once each, what a user should know: a redaction pattern that cannot be used.</summary>
    public Action<string> Warn { get; init; } = static _ => { };
}
