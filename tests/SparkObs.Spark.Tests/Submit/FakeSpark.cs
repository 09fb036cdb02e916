using System.Text;
using SparkObs.Spark.Tests.Events;

namespace SparkObs.Spark.Tests.Submit;

/// <summary>A Spark whose spark-submit is a script: it writes down its arguments and the token it was given, then does as told.</summary>
internal sealed class FakeSpark : IDisposable
{
    private readonly TempFolder folder = new();

    public FakeSpark(string version = "3.5.3", string then = "exit 0")
    {
        folder.Write($"jars/spark-core_2.12-{version}.jar", []);
        var script = folder.Write("bin/spark-submit", Encoding.UTF8.GetBytes($"""
            #!/bin/sh
            printf '%s\n' "$@" > '{folder.Path}/arguments'
            printf %s "$SPARKOBS_TOKEN" > '{folder.Path}/token'
            {then}
            """));
        MakeProgram(script);
        Jar = folder.Write("shim.jar", []);
    }

    public string Home => folder.Path;

    public string Jar { get; }

    /// <summary>What it was called with; empty when it was not.</summary>
    public string[] Arguments => File.Exists(Path.Combine(Home, "arguments")) ? File.ReadAllLines(Path.Combine(Home, "arguments")) : [];

    public string Token => File.ReadAllText(Path.Combine(Home, "token"));

    /// <summary>A Java that says which it is.</summary>
    public string AddJava(string version)
    {
        MakeProgram(folder.Write("java/bin/java", Encoding.UTF8.GetBytes($"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")));
        return Path.Combine(Home, "java");
    }

    /// <summary>A file of Spark's own.</summary>
    public void Add(string name, string content = "") => folder.Write(name, Encoding.UTF8.GetBytes(content));

    public void Dispose() => folder.Dispose();

    private static void MakeProgram(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
