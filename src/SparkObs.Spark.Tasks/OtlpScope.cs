using System.Reflection;

namespace SparkObs.Spark.Export;

/// <summary>The instrumentation scope of a worker's spans: the program's own, not Spark's.</summary>
internal static class OtlpScope
{
    public const string Name = "SparkObs.Spark.Program";

    public static string Version { get; } =
        typeof(OtlpScope).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
