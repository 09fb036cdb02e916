using System.Text.RegularExpressions;

namespace SparkObs.Spark.Tracing;

/// <summary>Span names: few values, so that a backend can list them.</summary>
internal static partial class SpanNames
{
    public const string Application = "application";
    public const string Sql = "sql";
    public const string Job = "job";
    public const string Stage = "stage";
    public const string Task = "task";
    public const string ShuffleRead = "shuffle read";
    public const string ShuffleWrite = "shuffle write";
    public const string Batch = "batch";
    public const string Operation = "operation";

    /// <summary>
    /// The kind with a call site (<c>stage collect at job.py:12</c>), of which a program has few; any other text (a description that
    /// a user chose, the plan that Spark Connect puts there) stays out of the name.
    /// </summary>
    public static string WithCallSite(string kind, string? text) => text is not null && CallSite().IsMatch(text) ? $"{kind} {text}" : kind;

    [GeneratedRegex(@"^[\w$<>]{1,100} at [^\n]{1,300}:\d{1,9}$")]
    private static partial Regex CallSite();
}
