using System.Diagnostics;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>The built <c>sparkobs</c>, as a process.</summary>
internal static class SparkObsCli
{
    internal sealed record Outcome(int ExitCode, string Output, string Error);

    /// <summary>In its own folder: beside the tests it would lack what ASP.NET's framework, which they have, brings.</summary>
    public static string Program
    {
        get
        {
            var output = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(Toolbox.Repository, "src", "SparkObs.Cli", "bin", output.Parent!.Name, output.Name, "sparkobs.dll");
        }
    }

    /// <summary>What is beside it for Spark's JVMs, if jvm-shim was built before.</summary>
    public static string Jar => Path.Combine(Path.GetDirectoryName(Program)!, "sparkobs-shim.jar");

    public static Task<Outcome> RunAsync(params string[] arguments) => RunWithAsync([], arguments);

    /// <param name="environment">Beside the test's own.</param>
    /// <param name="arguments">Those of sparkobs.</param>
    public static async Task<Outcome> RunWithAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Outcome(process.ExitCode, await output, await error);
    }
}
