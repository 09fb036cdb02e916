namespace SparkObs.Spark.Tracing;

/// <summary>What holds for every span of an application: OTLP's Resource. Immutable; one instance an application.</summary>
internal sealed class SpanResource(IReadOnlyList<SpanAttribute> attributes)
{
    public static SpanResource Empty { get; } = new([]);

    public IReadOnlyList<SpanAttribute> Attributes { get; } = attributes;
}
