using System.Diagnostics;

namespace SparkObs.Spark.Tests;

/// <summary>The sample for Python workers, held against the vectors by its own unit tests.</summary>
public class PythonHelperTests
{
    [Fact]
    public async Task The_tasks_span_is_computed_as_the_vectors_say()
    {
        using var python = Process.Start(new ProcessStartInfo("python3", ["-B", "-m", "unittest", "discover", Repository.PathOf("tests", "python")])
        {
            RedirectStandardError = true,
        })!;

        var said = await python.StandardError.ReadToEndAsync();
        await python.WaitForExitAsync();

        Assert.True(python.ExitCode == 0, said);
        Assert.Matches(@"Ran [1-9]\d* tests", said);
    }
}
