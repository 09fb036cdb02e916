using System.Diagnostics;
using SparkObs.IntegrationTests.Harness;
using SparkObs.Spark.Events;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.IntegrationTests;

/// <summary>A collector that comes late, and processes that do not live to see it.</summary>
public sealed class JaegerOutageTests : IDisposable
{
    private static readonly string[] Logs = ["3.5.3/many-tasks", "3.5.3/many-tasks-rolling-zstd", "4.3.0/many-tasks-zstd", "4.3.0/many-tasks-rolling-zstd"];

    private readonly string folder = Directory.CreateTempSubdirectory("sparkobs-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [ToolboxFact]
    public async Task What_killed_processes_could_not_deliver_the_next_one_does()
    {
        var queue = Path.Combine(folder, "queue");
        KeyValuePair<string, string>[] variables = [new("SPARKOBS_QUEUE_DIR", queue)];
        var paths = Logs.Select(log => Directory.EnumerateFileSystemEntries(Path.Combine(Toolbox.Folder, "eventlogs", log)).Single()).ToArray();
        var expected = new Dictionary<string, List<string>>();
        var all = 0;

        // Nobody listens: each replay has read its log, and all of it waits on disk, when it is killed.
        var nobody = $"http://127.0.0.1:{ServerProcess.FreePorts(1)[0]}";
        foreach (var path in paths)
        {
            foreach (var (trace, spans) in JaegerSpans.Of(await BuiltSpans.OfAsync(path)))
            {
                expected.Add(trace, spans);
                all += spans.Count;
            }
            using var killed = SparkObsCli.Start(variables, "replay", path, "--tasks", "all", "--output", "otlp", "--endpoint", nobody, "--timeout", "1h");
            _ = killed.StandardError.ReadToEndAsync();
            for (var watch = Stopwatch.StartNew(); OnDisk(queue).Sum(file => file.Spans) < all; await Task.Delay(100))
                Assert.True(!killed.HasExited && watch.Elapsed < TimeSpan.FromSeconds(120), $"{OnDisk(queue).Sum(file => file.Spans)} of {all} spans are on disk");
            killed.Kill();
            await killed.WaitForExitAsync();
        }

        await using var jaeger = await JaegerServer.StartAsync();
        var other = Directory.EnumerateFileSystemEntries(Path.Combine(Toolbox.Folder, "eventlogs", "3.0.3/sql-aqe")).Single();
        var run = await SparkObsCli.RunAsync(variables, "replay", other, "--output", "otlp", "--endpoint", jaeger.GrpcEndpoint);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"{queue} has {all} spans that an earlier process left; they are sent too.", run.Error, StringComparison.Ordinal);
        foreach (var (trace, spans) in expected)
            Assert.Equal(spans, JaegerSpans.In(await jaeger.TraceAsync(trace, spans.Count)));
        Assert.Empty(OnDisk(queue));
    }

    private static List<RequestFile> OnDisk(string queue) =>
        Directory.Exists(queue)
            ? [.. new DirectoryInfo(queue).EnumerateFiles("*" + RequestFile.Extension).Select(RequestFile.Of).OfType<RequestFile>()]
            : [];

    private sealed class BuiltSpans : IEventHandler
    {
        private readonly TraceBuilder builder = new(new Spark.Tracing.TraceOptions { Selection = TaskSelectionLimits.Unlimited }, new SpanBatchPool());

        public static async Task<IReadOnlyList<SpanBatch>> OfAsync(string log)
        {
            var build = new BuiltSpans();
            var found = await EventLogFinder.FindAsync(log, CancellationToken.None);
            await new EventLogReader(found.Logs.Single()).ReadAsync(build, CancellationToken.None);
            build.builder.Complete();
            return [build.builder.TakeBatch()!];
        }

        public void OnEvent(SparkEvent e) => builder.Add(e);

        public void OnUnreadable(long line, string problem) { }

        public ValueTask OnPauseAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
