using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>The attribute keys of calls, as <see cref="CallAttributes"/> names them.</summary>
internal static class CallKeys
{
    private static readonly AttributeKey[] Keys = [.. CallAttributes.All.Select(attribute => KeyOf(attribute.Name))];

    public static AttributeKey Key(CallAttribute attribute) => Keys[(int)attribute];

    /// <summary>A key exists once.</summary>
    private static AttributeKey KeyOf(string name) => name == SparkAttributes.Timing.Name ? SparkAttributes.Timing : new AttributeKey(name);
}
