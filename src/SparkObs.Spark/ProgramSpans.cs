using System.Diagnostics;

namespace SparkObs.Spark;

/// <summary>The .NET program's own spans, below which Spark's stand.</summary>
internal static class ProgramSpans
{
    public const string SourceName = "SparkObs.Spark.Program";

    public static readonly ActivitySource Source = new(SourceName, typeof(ProgramSpans).Assembly.GetName().Version?.ToString(3) ?? "");
}
