using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Events;
using SparkObs.Spark.Tests.Export;

namespace SparkObs.Spark.Tests.Logging;

/// <summary>A process that ends while 16 of its threads log and their file rolls: no line that was accepted is lost, none is there twice.</summary>
public class LogWriterTests
{
    private const int Threads = 16, LinesEach = 200_000, FileBytes = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>In its own folder: beside the tests lacks what they have from a framework of theirs.</summary>
    private static readonly string Program = Repository.PathOf(
        "tests", "SparkObs.LogWriter", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, new DirectoryInfo(AppContext.BaseDirectory).Name, "SparkObs.LogWriter.dll");

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
        using var writer = Start(toStandardOutput ? "-" : Path.Combine(logs, "app.clef"), notes, Threads, LinesEach, end, []);
        var said = writer.StandardOutput.ReadToEndAsync();
        var complained = writer.StandardError.ReadToEndAsync();
        Assert.True(SpinWait.SpinUntil(() => writer.HasExited || (toStandardOutput ? Noted(notes) > 0 : Directory.Exists(logs) && Directory.GetFiles(logs).Length > 5), Patience));
        Assert.False(writer.HasExited);
        await EndAsync(writer, end);
        Assert.True(exitCode == writer.ExitCode, await complained);

        var lines = new ConcurrentDictionary<int, int>();
        var others = new ConcurrentBag<JsonElement>();
        string[] texts = toStandardOutput ? [await said] : [.. Directory.GetFiles(logs).Order(StringComparer.Ordinal).Select(File.ReadAllText)];
        // The current file is the last one.
        Assert.All(texts.SkipLast(1), text => Assert.EndsWith("\n", text, StringComparison.Ordinal));
        Parallel.ForEach(texts.SelectMany(WholeLines), text =>
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

    [Theory]
    [InlineData("signal", 143)]
    [InlineData("exit", 0)]
    public async Task What_waits_for_the_collector_is_delivered_at_the_end(string end, int exitCode)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TempFolder();
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.Grpc, signal: OtlpSignal.Logs);
        var notes = Path.Combine(folder.Path, "accepted");
        using var writer = Start(Path.Combine(folder.Path, "app.clef"), notes, 1, 100, end, new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Endpoint.ToString() });
        var complained = writer.StandardError.ReadToEndAsync();
        Assert.True(SpinWait.SpinUntil(() => writer.HasExited || Noted(notes) == 100, Patience));
        await EndAsync(writer, end);
        Assert.Equal((exitCode, ""), (writer.ExitCode, await complained));
        Assert.Equal(
            Enumerable.Range(0, 100),
            collector.Confirmed.SelectMany(request => LogRecordDecoder.Decode(request.Body).Records).Select(record => int.Parse(record.Split(" Line=")[1].Split(' ')[0], CultureInfo.InvariantCulture)));
    }

    private static Process Start(string log, string notes, int threads, int lines, string end, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet",
        [
            Program, log, FileBytes.ToString(CultureInfo.InvariantCulture), notes,
            threads.ToString(CultureInfo.InvariantCulture), lines.ToString(CultureInfo.InvariantCulture), end,
        ])
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static async Task EndAsync(Process writer, string end)
    {
        if (end == "signal")
            Terminate(writer);
        else
            await writer.StandardInput.WriteLineAsync("go");
        using var patience = new CancellationTokenSource(Patience);
        await writer.WaitForExitAsync(patience.Token);
    }

    private static void Terminate(Process process) => Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();

    /// <summary>How many lines the first writer has noted.</summary>
    private static int Noted(string notes)
    {
        if (!File.Exists(notes))
            return 0;
        using var file = new FileStream(notes, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var first = new byte[LinesEach];
        return first.AsSpan(0, file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false)).Count((byte)1);
    }

    /// <summary>A process that dies while it writes a line, which nobody was told is accepted, may leave its beginning.</summary>
    private static string[] WholeLines(string text) => text.Split('\n')[..^1];
}
