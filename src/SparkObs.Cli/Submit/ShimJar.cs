namespace SparkObs.Cli.Submit;

/// <summary>The jar for Spark's JVMs, which the build puts beside the program if jvm-shim was built before.</summary>
internal static class ShimJar
{
    public const string FileName = "sparkobs-shim.jar";

    /// <summary>Null when the program was built without it.</summary>
    public static string? Find() =>
        Path.Combine(AppContext.BaseDirectory, FileName) is var path && File.Exists(path) ? path : null;
}
