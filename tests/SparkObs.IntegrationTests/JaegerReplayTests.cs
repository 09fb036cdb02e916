using SparkObs.IntegrationTests.Harness;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.IntegrationTests;

/// <summary>Recorded applications, replayed by the command line into a real Jaeger and read back whole.</summary>
public class JaegerReplayTests
{
    [ToolboxFact]
    public async Task Replayed_spans_are_read_back_from_Jaeger_each_as_it_was_built()
    {
        await using var jaeger = await JaegerServer.StartAsync();
        foreach (var workload in new[] { "3.5.3/failures", "3.0.3/sql-aqe", "3.5.3/crashed", "4.3.0/streaming", "4.3.0/connect", "4.3.0/failures-fetch" })
        {
            var log = Directory.EnumerateFileSystemEntries(Path.Combine(Toolbox.Folder, "eventlogs", workload)).Single();
            var expected = JaegerSpans.Of(await Build.BatchesAsync(log));

            var run = await SparkObsCli.RunAsync("replay", log, "--output", "otlp", "--endpoint", jaeger.GrpcEndpoint);

            Assert.True(run.ExitCode is 0 or 4, run.Error);
            foreach (var (trace, spans) in expected)
            {
                var found = JaegerSpans.In(await jaeger.TraceAsync(trace, spans.Count));
                Assert.Equal(spans.Count, found.Count);
                Assert.All(spans.Zip(found), pair => Assert.Equal(pair.First, pair.Second));
            }
        }
    }

    private sealed class Build : IEventHandler
    {
        private readonly TraceBuilder builder = new(new TraceOptions(), new SpanBatchPool());

        public static async Task<IReadOnlyList<SpanBatch>> BatchesAsync(string log)
        {
            var build = new Build();
            var found = await EventLogFinder.FindAsync(log, CancellationToken.None);
            var reader = new EventLogReader(found.Logs.Single());
            await reader.ReadAsync(build, CancellationToken.None);
            build.builder.SourceIncomplete = reader.Truncated is not null;
            build.builder.Complete();
            return [build.builder.TakeBatch()!];
        }

        public void OnEvent(SparkEvent e) => builder.Add(e);

        public void OnUnreadable(long line, string problem) { }

        public ValueTask OnPauseAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
