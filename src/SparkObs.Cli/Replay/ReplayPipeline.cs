using System.Threading.Channels;
using SparkObs.Spark.Events;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Replay;

/// <summary>
/// One application from its log to a sink, on two threads: one reads and builds, the other encodes and writes. The bounded
/// channel between them holds the reader back when the sink is slower.
/// </summary>
internal sealed class ReplayPipeline(EventLogReader reader, TraceBuilder builder, ISpanSink sink, bool follow) : IEventHandler
{
    /// <summary>After an interruption, what is finished is delivered within this time or not at all.</summary>
    private static readonly TimeSpan FlushWithin = TimeSpan.FromSeconds(5);

    /// <summary>Batches between the threads: enough to smooth, little enough to stay in the cache.</summary>
    private const int ChannelBatches = 8;

    /// <summary>About as many spans: what an export request likes. A log that is followed hands on what it has.</summary>
    private const int EventsPerBatch = 1_000;

    /// <summary>Of unreadable lines the first are shown, all are counted.</summary>
    private const int MaxProblems = 5;

    private readonly Channel<SpanBatch> batches = Channel.CreateBounded<SpanBatch>(
        new BoundedChannelOptions(ChannelBatches) { SingleReader = true, SingleWriter = true });

    private readonly List<string> problems = [];
    private int eventsSinceBatch;

    /// <summary>Where the first unreadable lines stand and why.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>The application's trace; none until its span came.</summary>
    public TraceId Trace { get; private set; }

    /// <summary>Roots in traces of their own: streaming batches, Connect operations.</summary>
    public long OwnTraces { get; private set; }

    public long Events { get; private set; }

    public long Spans { get; private set; }

    public bool Interrupted { get; private set; }

    /// <param name="closeOpen">After an interruption, whether what is still open is shown as incomplete. Not where a later replay
    /// would send the same spans with their real end.</param>
    /// <exception cref="EventLogException">The log cannot be read.</exception>
    /// <exception cref="CollectorUnreachableException">The collector takes nothing.</exception>
    public async Task RunAsync(bool closeOpen, CancellationToken cancellationToken)
    {
        using var sinkFailed = new CancellationTokenSource();
        using var stopReading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, sinkFailed.Token);
        using var stopWriting = new CancellationTokenSource();
        await using var bound = cancellationToken.Register(() => stopWriting.CancelAfter(FlushWithin)).ConfigureAwait(false);

        var writing = Task.Run(() => WriteAllAsync(sinkFailed, stopWriting.Token), CancellationToken.None);
        Exception? failure = null;
        try
        {
            await Task.Run(() => reader.ReadAsync(this, stopReading.Token), CancellationToken.None).ConfigureAwait(false);
            CloseOpen(incomplete: reader.Truncated is not null || reader.MissingLines > 0);
        }
        catch (OperationCanceledException) when (stopReading.IsCancellationRequested)
        {
            Interrupted = cancellationToken.IsCancellationRequested;
            if (Interrupted && closeOpen)
                CloseOpen(incomplete: true);
        }
        catch (EventLogException e)
        {
            failure = e;
            CloseOpen(incomplete: true);
        }
        catch (ChannelClosedException)
        {
            // The sink failed; awaiting its thread below says how.
        }
        await HandOnAsync(builder.TakeBatch(), stopWriting.Token).ConfigureAwait(false);
        batches.Writer.TryComplete();
        await writing.ConfigureAwait(false);
        if (failure is not null)
            throw failure;
    }

    public void OnEvent(SparkEvent e)
    {
        builder.Add(e);
        Events++;
        eventsSinceBatch++;
    }

    public void OnUnreadable(long line, string problem)
    {
        if (problems.Count < MaxProblems)
            problems.Add(problem);
    }

    public ValueTask OnPauseAsync(CancellationToken cancellationToken)
    {
        if (eventsSinceBatch < (follow ? 1 : EventsPerBatch))
            return ValueTask.CompletedTask;
        eventsSinceBatch = 0;
        return builder.TakeBatch() is { } batch ? batches.Writer.WriteAsync(batch, cancellationToken) : ValueTask.CompletedTask;
    }

    /// <summary>The last batch; a sink that has failed takes none.</summary>
    private async Task HandOnAsync(SpanBatch? last, CancellationToken cancellationToken)
    {
        while (last is not null && await batches.Writer.WaitToWriteAsync(cancellationToken).ConfigureAwait(false))
        {
            if (batches.Writer.TryWrite(last))
                return;
        }
    }

    private void CloseOpen(bool incomplete)
    {
        if (incomplete)
            builder.SourceIncomplete = true;
        if (reader.MissingLines > 0)
            builder.EventTotals = new EventTotals { LostUntold = reader.MissingLines };
        builder.Complete();
    }

    private async Task WriteAllAsync(CancellationTokenSource failed, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var batch in batches.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                Note(batch);
                await sink.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            }
            await sink.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            batches.Writer.TryComplete(); // whoever waits for room waits in vain
            await failed.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Note(SpanBatch batch)
    {
        Spans += batch.Count;
        foreach (ref readonly var span in batch.Spans)
        {
            if (span.Name == SpanNames.Application)
                Trace = span.Trace;
            else if (span.Parent.IsNone)
                OwnTraces++;
        }
    }
}
