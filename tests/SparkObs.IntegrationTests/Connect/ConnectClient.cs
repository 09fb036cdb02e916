using System.Diagnostics;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Connect;

/// <summary>Spark's own Python client, running client.py.</summary>
internal sealed record ConnectClient(string User, string Session, string Trace)
{
    /// <summary>pyarrow, grpcio and what else the client needs, and the server for Python code in its tasks.</summary>
    public static string PythonPath => Path.Combine(Toolbox.Folder, "connect-python");

    /// <summary>Its standard output; an error's log lines are not there.</summary>
    public async Task<string> RunAsync(SparkSubmit spark, int port, string folder, IEnumerable<ConnectClient> all)
    {
        var python = Path.Combine(spark.Home, "python", "lib");
        var start = new ProcessStartInfo("python3",
        [
            Path.Combine(Toolbox.Repository, "tests", "SparkObs.IntegrationTests", "Connect", "client.py"),
            port.ToString(System.Globalization.CultureInfo.InvariantCulture), User, Session, Trace, folder, string.Join(',', all.Select(client => client.User)),
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONPATH"] = string.Join(':', [PythonPath, Path.Combine(python, "pyspark.zip"), .. Directory.GetFiles(python, "py4j-*-src.zip")]);
        var outcome = await SparkObsCli.EndAsync(Process.Start(start)!, TimeSpan.FromMinutes(3));
        Assert.True(outcome.ExitCode == 0, outcome.Output + outcome.Error);
        return outcome.Output;
    }
}
