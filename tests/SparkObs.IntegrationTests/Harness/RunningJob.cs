using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>A process whose output can be read while it runs.</summary>
internal sealed class RunningJob
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly StringBuilder output = new();
    private readonly StringBuilder error = new();

    public RunningJob(Process process)
    {
        Process = process;
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Process Process { get; }

    /// <summary>Standard output up to now.</summary>
    public string Output => Read(output);

    /// <summary>Standard error up to now.</summary>
    public string Error => Read(error);

    /// <summary>Waits until standard output has the text; at the job's end, whether it has.</summary>
    public async Task<bool> WaitForAsync(string text)
    {
        for (var watch = Stopwatch.StartNew(); !Output.Contains(text, StringComparison.Ordinal); await Task.Delay(20))
        {
            if (Process.HasExited)
                return false;
            Assert.True(watch.Elapsed < Patience, $"'{text}' was not written within {Patience}:\n{Output}\n{Error}");
        }
        return true;
    }

    /// <summary>kill -9 of the driver's JVM, which is the process that spark-submit became.</summary>
    public Task KillDriverAsync() => SignalAsync("KILL");

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", Process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private static void Keep(StringBuilder text, string? line)
    {
        if (line is null)
            return;
        lock (text)
            text.Append(line).Append('\n');
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }
}
