using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SparkObs.Spark.Tests.Events;

namespace SparkObs.Spark.Tests.Logging;

/// <summary>A process that ends while 16 of its threads log and their file rolls: no line that was accepted is lost, none is there twice.</summary>
public class LogWriterTests
{
    private const int Threads = 16, LinesEach = 200_000, FileBytes = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("signal", 143)]
    [InlineData("exit", 0)]
    [InlineData("throw", 134)]
    [InlineData("throw-async", 134)]
    [InlineData("exit", 0, true)]
    [InlineData("signal", 143, true)]
    public async Task Every_accepted_line_is_there_once(string end, int exitCode, bool toStandardOutput = false)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TempFolder();
        var (logs, notes) = (Path.Combine(folder.Path, "logs"), Path.Combine(folder.Path, "accepted"));
        using var writer = Process.Start(new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "SparkObs.LogWriter.dll"), toStandardOutput ? "-" : Path.Combine(logs, "app.clef"), FileBytes.ToString(CultureInfo.InvariantCulture), notes,
            Threads.ToString(CultureInfo.InvariantCulture), LinesEach.ToString(CultureInfo.InvariantCulture), end,
        ])
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = writer.StandardOutput.ReadToEndAsync();
        var complained = writer.StandardError.ReadToEndAsync();
        Assert.True(SpinWait.SpinUntil(() => writer.HasExited || (toStandardOutput ? HasNotes(notes) : Directory.Exists(logs) && Directory.GetFiles(logs).Length > 5), Patience));
        Assert.False(writer.HasExited);
        if (end == "signal")
            Process.Start("kill", ["-TERM", writer.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        else
            await writer.StandardInput.WriteLineAsync("go");
        using var patience = new CancellationTokenSource(Patience);
        await writer.WaitForExitAsync(patience.Token);
        Assert.True(exitCode == writer.ExitCode, await complained);

        var lines = new ConcurrentDictionary<int, int>();
        var others = new ConcurrentBag<JsonElement>();
        Parallel.ForEach(toStandardOutput ? Lines(await said) : Directory.GetFiles(logs).SelectMany(File.ReadLines), text =>
        {
            var line = JsonDocument.Parse(text).RootElement.Clone();
            Assert.Matches("^[0-9a-f]{32}$", line.GetProperty("@tr").GetString());
            Assert.Matches("^[0-9a-f]{16}$", line.GetProperty("@sp").GetString());
            if (line.TryGetProperty("Writer", out var thread))
                lines.AddOrUpdate(thread.GetInt32() * LinesEach + line.GetProperty("Line").GetInt32(), 1, (_, times) => times + 1);
            else
                others.Add(line);
        });
        Assert.All(lines, line => Assert.Equal(1, line.Value));
        var accepted = (await File.ReadAllBytesAsync(notes)).Select((note, line) => (note, line)).Where(noted => noted.note == 1).Select(noted => noted.line).ToHashSet();
        Assert.Empty(accepted.Except(lines.Keys));
        // Each thread may have been stopped between its line and its note.
        Assert.InRange(lines.Keys.Except(accepted).Count(), 0, Threads);

        if (end is "throw" or "throw-async")
        {
            var fatal = Assert.Single(others);
            Assert.Equal("Fatal", fatal.GetProperty("@l").GetString());
            Assert.Equal((await said).Trim(), $"{fatal.GetProperty("@tr").GetString()} {fatal.GetProperty("@sp").GetString()}");
            Assert.StartsWith("System.InvalidOperationException: nobody catches this", fatal.GetProperty("@x").GetString(), StringComparison.Ordinal);
        }
        else
        {
            Assert.Empty(others);
        }
    }

    private static bool HasNotes(string notes)
    {
        using var file = File.Exists(notes) ? new FileStream(notes, FileMode.Open, FileAccess.Read, FileShare.ReadWrite) : null;
        return file?.ReadByte() == 1;
    }

    private static string[] Lines(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        return text[..^1].Split('\n');
    }
}
