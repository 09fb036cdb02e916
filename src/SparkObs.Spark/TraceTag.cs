using System.Diagnostics;

namespace SparkObs.Spark;

/// <summary>
/// For clients of Spark Connect: the tag by which an operation finds the span that it was called from. SparkObs reads it from the tags
/// of sessions, operations and jobs (Spark 3.5 and later), and puts the operation below that span.
/// </summary>
/// <example>
/// <code>
/// if (TraceTag.Current is { } tag)
///     request.Tags.Add(tag);      // of a spark.connect.ExecutePlanRequest
/// </code>
/// </example>
public static class TraceTag
{
    internal const string Prefix = "traceparent=";

    /// <summary>
    /// The tag of <see cref="Activity.Current"/>: <c>traceparent=00-…-01</c>. Null without an activity, or where its id is none of
    /// W3C Trace Context. It holds no comma and no blank, so it can be a tag of Spark as it is.
    /// </summary>
    public static string? Current => Of(Activity.Current);

    internal static string? Of(Activity? activity) => activity is { IdFormat: ActivityIdFormat.W3C, Id: { } id } ? Prefix + id : null;
}
