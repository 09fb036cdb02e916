using System.Diagnostics;
using System.Runtime.CompilerServices;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Export;

/// <summary>
/// Gives an Activity that was made and not started the span id that it shall have. There is no public way: the field's name is the
/// runtime's own, so it is tried once, and nothing else depends on it.
/// </summary>
internal static class ActivityIds
{
    /// <summary>The runtime is one where it works.</summary>
    public static bool CanBeGiven { get; } = Try();

    public static void Give(Activity activity, SpanId id) => SpanIdOf(activity) = id.ToString();

    public static ActivitySpanId Of(SpanId id)
    {
        Span<byte> bytes = stackalloc byte[8];
        id.WriteTo(bytes);
        return ActivitySpanId.CreateFromBytes(bytes);
    }

    public static ActivityTraceId Of(TraceId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.WriteTo(bytes);
        return ActivityTraceId.CreateFromBytes(bytes);
    }

    private static bool Try()
    {
        try
        {
            var id = new SpanId(0x0123456789abcdef);
            using var activity = new Activity("");
            Give(activity, id);
            return activity.SpanId == Of(id);
        }
        catch (MissingFieldException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_spanId")]
    private static extern ref string? SpanIdOf(Activity activity);
}
