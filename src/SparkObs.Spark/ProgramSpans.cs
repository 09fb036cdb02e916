using System.Diagnostics;
using SparkObs.Spark.Export;

namespace SparkObs.Spark;

/// <summary>The .NET program's own spans, below which Spark's stand.</summary>
internal static class ProgramSpans
{
    public const string SourceName = "SparkObs.Spark.Program";

    private static readonly ActivitySource TheSource = new(SourceName, OtlpScope.Version);

    /// <summary>Called before a span may begin: whoever exports such spans makes itself ready, which takes time the first time.</summary>
    public static Action? Needed { private get; set; }

    public static ActivitySource Source
    {
        get
        {
            Needed?.Invoke();
            return TheSource;
        }
    }
}
