namespace SparkObs.IntegrationTests.Harness;

/// <summary>A test that needs the toolbox: without one it is skipped and says why, but under CI it runs and fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolboxFactAttribute : FactAttribute
{
    /// <param name="debian">Packages of Debian's that it needs too.</param>
    public ToolboxFactAttribute(params string[] debian) => Skip = Missing.Of(debian);
}

/// <summary>A test that runs <c>sparkobs submit</c>: it needs the toolbox, and sparkobs built with the jar for Spark's JVMs.</summary>
/// <inheritdoc cref="ToolboxFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LiveFactAttribute : FactAttribute
{
    public LiveFactAttribute(params string[] debian) => Skip = Missing.Of(debian) ?? Missing.Jar;
}

/// <inheritdoc cref="LiveFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LiveTheoryAttribute : TheoryAttribute
{
    public LiveTheoryAttribute(params string[] debian) => Skip = Missing.Of(debian) ?? Missing.Jar;
}

/// <summary>Why a test cannot run here, or null. Under CI all can.</summary>
file static class Missing
{
    private static readonly bool IsCI = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"));

    public static string? Jar =>
        IsCI || File.Exists(SparkObsCli.Jar) ? null : "sparkobs was built without the jar: mvn -f jvm-shim package, then build it again";

    public static string? Of(string[] debian) => IsCI ? null : Toolbox.Missing ?? debian.Select(Package).FirstOrDefault(reason => reason is not null);

    private static string? Package(string name)
    {
        var there = name switch
        {
            "postgresql" => Directory.Exists("/usr/lib/postgresql"),
            "prometheus" => File.Exists(PrometheusServer.Program),
            _ => throw new ArgumentException($"where would {name} be?", nameof(name)),
        };
        return there ? null : $"no {name} here: apt-get install {name}";
    }
}
