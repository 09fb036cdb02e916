namespace SparkObs.Spark.Tests.InProcess;

/// <summary>Variables of the process, as long as it is not disposed.</summary>
internal sealed class Variables : IDisposable
{
    private readonly List<(string Name, string? Before)> before = [];

    public Variables(params (string Name, string? Value)[] variables)
    {
        foreach (var (name, value) in variables)
        {
            before.Add((name, Environment.GetEnvironmentVariable(name)));
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    public void Dispose()
    {
        foreach (var (name, value) in before)
            Environment.SetEnvironmentVariable(name, value);
    }
}
