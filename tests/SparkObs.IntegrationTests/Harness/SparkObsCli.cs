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

    public static Task<Outcome> RunAsync(params string[] arguments) => RunAsync([], arguments);

    /// <summary>With variables of its own.</summary>
    public static async Task<Outcome> RunAsync(KeyValuePair<string, string>[] variables, params string[] arguments)
    {
        using var process = Start(variables, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Outcome(process.ExitCode, await output, await error);
    }

    /// <summary>Runs until it ends or is killed; its output is the caller's to read.</summary>
    public static Process Start(KeyValuePair<string, string>[] variables, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
