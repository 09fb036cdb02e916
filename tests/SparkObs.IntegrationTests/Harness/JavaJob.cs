using System.Diagnostics;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>Compiles the Java sources beside these tests against a Spark: a job, and a plugin and a listener of its user's own.</summary>
internal static class JavaJob
{
    /// <summary>The class with main().</summary>
    public const string Main = "OwnJob";

    /// <summary>Writes job.jar and own.jar, with plugin and listener.</summary>
    public static (string Job, string Own) Build(SparkSubmit spark)
    {
        var sources = Path.Combine(Toolbox.Repository, "tests", "SparkObs.IntegrationTests", "Java");
        var classes = spark.PathOf("classes");
        Run("javac", ["-nowarn", "-cp", Path.Combine(spark.Home, "jars", "*"), "-d", classes, .. Directory.GetFiles(sources, "*.java")]);
        var (job, own) = (spark.PathOf("job.jar"), spark.PathOf("own.jar"));
        Run("jar", ["--create", "--file", job, "-C", classes, "OwnJob.class"]);
        var others = Directory.GetFiles(classes).Select(Path.GetFileName).Where(name => name != "OwnJob.class").SelectMany(name => new[] { "-C", classes, name! });
        Run("jar", ["--create", "--file", own, .. others]);
        return (job, own);
    }

    private static void Run(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
    }
}
