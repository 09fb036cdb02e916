using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Tree;

/// <summary>Looks up a span's attributes by key; keys are compared by reference, as every key exists once.</summary>
internal readonly ref struct SpanAttributes(ReadOnlySpan<SpanAttribute> all)
{
    private readonly ReadOnlySpan<SpanAttribute> all = all;

    public string? Text(AttributeKey key) => Find(key, AttributeType.String) is { } found ? found.AsString : null;

    public long? Int(AttributeKey key) => Find(key, AttributeType.Int) is { } found ? found.AsInt : null;

    public bool Flag(AttributeKey key) => Find(key, AttributeType.Bool) is { AsBool: true };

    /// <summary>A time in seconds, as milliseconds.</summary>
    public double? Milliseconds(AttributeKey key) => Find(key, AttributeType.Double) is { } found ? found.AsDouble * 1000 : null;

    public double? Double(AttributeKey key) => Find(key, AttributeType.Double) is { } found ? found.AsDouble : null;

    private SpanAttribute? Find(AttributeKey key, AttributeType type)
    {
        foreach (ref readonly var attribute in all)
        {
            if (ReferenceEquals(attribute.Key, key) && attribute.Type == type)
                return attribute;
        }
        return null;
    }
}
