namespace SparkObs.Spark.Tests;

/// <summary>The checkout's root: tests read vectors, golden texts and recorded logs from it.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "SparkObs.Spark.sln")))
                return folder;
        }
        throw new InvalidOperationException("SparkObs.Spark.sln is in no folder above the tests");
    }
}
