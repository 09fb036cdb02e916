using System.Text;
using SparkObs.Cli.Replay;
using SparkObs.Cli.Tree;
using SparkObs.Spark.Events;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Cli;

public sealed class ReplayPipelineTests
{
    private const string Begin = """
        {"Event":"SparkListenerApplicationStart","App Name":"a","App ID":"app-1","Timestamp":1000,"User":"ada"}
        {"Event":"SparkListenerJobStart","Job ID":0,"Submission Time":1100,"Stage Infos":[],"Stage IDs":[],"Properties":{}}
        {"Event":"SparkListenerJobEnd","Job ID":0,"Completion Time":1200,"Job Result":{"Result":"JobSucceeded"}}
        {"Event":"SparkListenerJobStart","Job ID":1,"Submission Time":1300,"Stage Infos":[],"Stage IDs":[],"Properties":{}}

        """;

    [Fact]
    public async Task Interrupted_for_a_person_what_is_open_is_shown_as_incomplete()
    {
        var sink = new TreeSink();
        await InterruptAsync(sink, closeOpen: true);
        Assert.Equal(
            [("application", Outcome.Incomplete), ("job 0", Outcome.Fine), ("job 1", Outcome.Incomplete)],
            sink.Nodes.Select(node => (node.Label, node.Outcome)).Order());
    }

    [Fact]
    public async Task Interrupted_for_a_collector_only_what_has_ended_is_sent()
    {
        var sink = new TreeSink();
        await InterruptAsync(sink, closeOpen: false);
        Assert.Equal(["job 0"], sink.Nodes.Where(node => node.Arrived).Select(node => node.Label));
    }

    [Fact]
    public async Task A_sink_that_fails_stops_the_reading()
    {
        var stream = new EndlessStream(Encoding.UTF8.GetBytes(Begin));
        var pipeline = Pipeline(stream, new FullDisk());
        await Assert.ThrowsAsync<IOException>(() => pipeline.RunAsync(closeOpen: true, CancellationToken.None));
        Assert.False(pipeline.Interrupted);
    }

    private static async Task InterruptAsync(TreeSink sink, bool closeOpen)
    {
        using var interrupt = new CancellationTokenSource();
        var stream = new EndlessStream(Encoding.UTF8.GetBytes(Begin));
        var pipeline = Pipeline(stream, sink);
        var running = pipeline.RunAsync(closeOpen, interrupt.Token);
        await stream.Drained;
        await interrupt.CancelAsync();
        await running;
        Assert.True(pipeline.Interrupted);
    }

    private static ReplayPipeline Pipeline(EndlessStream stream, ISpanSink sink) => new(
        new EventLogReader(EventLog.FromStream("test", stream)), new TraceBuilder(new TraceOptions(), new SpanBatchPool()), sink, follow: true);

    /// <summary>Gives its content, and then waits as a pipe does whose writer lives.</summary>
    private sealed class EndlessStream(byte[] content) : MemoryStream(content)
    {
        private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Drained => drained.Task;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Read(buffer.Span) is > 0 and var read)
                return read;
            drained.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }

    private sealed class FullDisk : ISpanSink
    {
        public ValueTask WriteAsync(SpanBatch batch, CancellationToken cancellationToken) => throw new IOException("No space left on device");

        public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
