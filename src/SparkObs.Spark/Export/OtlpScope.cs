using System.Reflection;

namespace SparkObs.Spark.Export;

/// <summary>The instrumentation scope of every span of ours: the library and its version.</summary>
internal static class OtlpScope
{
    public const string Name = "SparkObs.Spark";

    /// <summary>The library's version, without the commit that a build may append.</summary>
    public static string Version { get; } =
        typeof(OtlpScope).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static string UserAgent { get; } = $"{Name}/{Version}";
}
