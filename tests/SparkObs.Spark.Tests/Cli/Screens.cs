namespace SparkObs.Spark.Tests.Cli;

/// <summary>
/// Whole screens, kept as text in <c>Cli/Screens</c>. With <c>SPARKOBS_UPDATE_SCREENS=1</c> the tests write them anew:
/// read the difference before it is committed.
/// </summary>
internal static class Screens
{
    private static readonly bool Update = Environment.GetEnvironmentVariable("SPARKOBS_UPDATE_SCREENS") == "1";

    public static void Equal(string name, string screen)
    {
        var file = Repository.PathOf("tests", "SparkObs.Spark.Tests", "Cli", "Screens", name + ".txt");
        var lines = string.Concat(screen.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd(' ') + "\n")).TrimEnd('\n') + "\n";
        if (Update)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, lines);
        }
        Assert.Equal(File.ReadAllText(file), lines);
    }
}
