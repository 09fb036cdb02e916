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

    private static bool Try()
    {
        try
        {
            var id = new SpanId(0x0123456789abcdef);
            using var activity = new Activity("");
            Give(activity, id);
            return activity.SpanId == id.ToActivity();
        }
        catch (MissingFieldException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_spanId")]
    private static extern ref string? SpanIdOf(Activity activity);
}
