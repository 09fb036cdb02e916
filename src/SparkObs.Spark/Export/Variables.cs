namespace SparkObs.Spark.Export;

/// <summary>Environment variables, by whoever gives their values.</summary>
internal static class Variables
{
    /// <summary>The value without the blanks around it; null where it is not set or empty, which count as the same.</summary>
    public static string? Told(this Func<string, string?> variable, string name) => variable(name)?.Trim() is { Length: > 0 } value ? value : null;
}
