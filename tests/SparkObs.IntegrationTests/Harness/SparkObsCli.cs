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
    public static Task<Outcome> RunAsync(KeyValuePair<string, string>[] variables, params string[] arguments) => EndAsync(Start(variables, arguments));

    /// <summary>What a process comes to, whose output nobody reads; it is killed when it takes longer.</summary>
    public static async Task<Outcome> EndAsync(Process process, TimeSpan? within = null)
    {
        using var owned = process;
        using var late = new CancellationTokenSource(within ?? Timeout.InfiniteTimeSpan);
        try
        {
            var error = process.StandardError.ReadToEndAsync(late.Token);
            var output = await process.StandardOutput.ReadToEndAsync(late.Token);
            await process.WaitForExitAsync(late.Token);
            return new Outcome(process.ExitCode, output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
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
