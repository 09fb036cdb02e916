using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Bridge;

/// <summary>
/// One run of an application: its lines, one after the other, become spans. It outlives its connections. Closed, it has written all
/// its spans; what comes after that all the same goes on to be built, and what was closed stays closed.
/// </summary>
internal sealed class BridgeSession : IAsyncDisposable
{
    /// <summary>How long <see cref="CompleteAsync"/> waits for what a process that has ended left in the socket.</summary>
    private static readonly TimeSpan DrainWithin = TimeSpan.FromSeconds(2);

    private readonly object gate = new();
    private readonly BridgeOptions options;
    private readonly TimeProvider time;
    private readonly EventReader reader = new();
    private readonly TraceBuilder builder;
    private readonly SpanPump pump;
    private readonly Ledger ledger = new();
    private readonly CancellationTokenSource stop;

    /// <summary>Runs while the session is open: for silence, or for what comes after the end.</summary>
    private readonly ITimer timer;

    private BridgeConnection? connection;
    private long last;
    private long aliveAt;
    private long endedAt;
    private bool announced;
    private int? exitCode;
    private Task closing = Task.CompletedTask;

    /// <param name="failed">Told when the sink fails.</param>
    /// <param name="stop">Ends all work at once.</param>
    public BridgeSession(Hello hello, BridgeOptions options, SpanBatchPool pool, Action<Exception> failed, CancellationToken stop)
    {
        this.options = options;
        time = options.Time;
        Hello = hello;
        last = hello.FirstSequence - 1;
        ledger.Missing = last;
        builder = new TraceBuilder(options.Trace, pool) { SourceIncomplete = last > 0 };
        aliveAt = time.GetTimestamp();
        timer = time.CreateTimer(_ => OnTimer(), null, options.IdleTimeout, Timeout.InfiniteTimeSpan);
        this.stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        pump = new SpanPump(gate, builder, options.SinkOf(this), Announce, failed, this.stop.Token);
    }

    /// <summary>As it was told first.</summary>
    public Hello Hello { get; }

    /// <summary>Its ApplicationEnd has come.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>All that was open is written.</summary>
    public bool IsClosed { get; private set; }

    public bool IsConnected => Volatile.Read(ref connection) is not null;

    /// <summary>Its sink is behind, and nothing is read from it meanwhile.</summary>
    public bool IsBehind => Volatile.Read(ref connection) is { IsWaitingForRoom: true };

    public TraceId? TraceId => Locked(static session => session.builder.Resource is null ? null : session.builder.TraceId);

    /// <summary>The application's name as its spans have it; before it is known, as the hello had it.</summary>
    public string Name => ResourceText(SparkAttributes.AppName) ?? Hello.AppName ?? "";

    /// <inheritdoc cref="Name"/>
    public string AppId => ResourceText(SparkAttributes.AppId) ?? Hello.AppId ?? "";

    /// <summary>Spans that the sink did not take: it failed, or the bridge was stopped.</summary>
    public long SpansLost => pump.Lost;

    public long SpansBuilt => Locked(static session => session.builder.Counters.Spans);

    /// <summary>What became of calls, a copy.</summary>
    public CallCounters ReadCalls() => Locked(static session => session.builder.Counters.Calls with { });

    /// <summary>A copy of the counters.</summary>
    public Ledger ReadLedger() => Locked(static session => session.ledger with { });

    /// <summary>
    /// A connection takes the session over from an earlier one, which is closed.
    /// </summary>
    /// <returns>The number up to which all lines are folded into the state.</returns>
    public async Task<long> AttachAsync(BridgeConnection newConnection)
    {
        var old = Interlocked.Exchange(ref connection, newConnection);
        if (old is not null)
        {
            old.Close();
            await old.Finished.ConfigureAwait(false);
        }
        lock (gate)
        {
            ledger.Connections++;
            aliveAt = time.GetTimestamp();
            if (IsClosed && !HasEnded)
            {
                IsClosed = false;
                timer.Change(options.IdleTimeout, Timeout.InfiniteTimeSpan);
            }
            return last;
        }
    }

    public void Detach(BridgeConnection oldConnection)
    {
        // Not that of a connection that has taken over.
        if (Interlocked.CompareExchange(ref connection, null, oldConnection) != oldConnection)
            return;
        lock (gate)
        {
            aliveAt = time.GetTimestamp();
            if (HasEnded && (IsClosed || !options.HoldForExitCode))
                Close();
        }
    }

    /// <summary>Folds the whole lines of the buffer into the state.</summary>
    /// <returns>The number up to which all lines are folded.</returns>
    public long Fold(LineBuffer lines, int bytes)
    {
        lock (gate)
        {
            ledger.Bytes += bytes;
            while (lines.TryTake(out var line, out var tooLong))
                Fold(line, tooLong);
            aliveAt = time.GetTimestamp();
            return last;
        }
    }

    /// <summary>Back-pressure: waits while the sink is behind.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken) => pump.WaitForRoomAsync(cancellationToken);

    /// <summary>It was we who did not listen.</summary>
    public void NoteAlive()
    {
        lock (gate)
            aliveAt = time.GetTimestamp();
    }

    /// <summary>
    /// The application's process has ended, with this code if somebody saw it: reads what the process left in the socket, closes its
    /// connection and the session, and waits until the sink has all its spans. What comes too late is not acknowledged.
    /// </summary>
    public async ValueTask CompleteAsync(int? exitCode)
    {
        lock (gate)
            this.exitCode ??= exitCode;
        if (Volatile.Read(ref connection) is { } current)
        {
            await Task.WhenAny(current.Finished, Task.Delay(DrainWithin, time)).ConfigureAwait(false);
            current.Close();
            await current.Finished.ConfigureAwait(false);
        }
        Task closed;
        lock (gate)
        {
            if (!IsClosed)
                Close();
            closed = closing;
        }
        await closed.ConfigureAwait(false);
    }

    /// <summary>Completes when the application's end has come, or its connection is gone.</summary>
    public async Task WaitForEndAsync(CancellationToken cancellationToken)
    {
        while (!HasEnded && IsConnected)
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Completes when the sink has all spans that were built up to now.</summary>
    public Task FlushAsync() => pump.EmptyAsync();

    /// <summary>Ends its work, once the sink has what was closed or the bridge is stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await timer.DisposeAsync().ConfigureAwait(false);
        Task closed;
        lock (gate)
            closed = closing;
        await closed.ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await pump.DisposeAsync().ConfigureAwait(false);
        stop.Dispose();
    }

    private void Fold(ReadOnlySpan<byte> line, bool tooLong)
    {
        ledger.Lines++;
        if (!SequencedLine.TryRead(line, out var sequence, out var isOwn))
        {
            if (ledger.Unnumbered++ == 0)
                options.Notice($"{Label}: a line without a number is ignored: it is none of the driver's");
            return;
        }
        if (sequence <= last)
        {
            ledger.Duplicates++;
            return;
        }
        ledger.Missing += sequence - last - 1;
        last = sequence;
        if (tooLong)
        {
            if (ledger.TooLong++ == 0)
                options.Notice($"{Label}: line {sequence} is longer than {BridgeConnection.MaxLine >> 20} MiB and is left out");
        }
        else if (isOwn)
        {
            ledger.Own++;
            FoldOwn(line);
        }
        else
        {
            Fold(sequence, reader.Read(line, out var e), e);
        }
    }

    private void FoldOwn(ReadOnlySpan<byte> line)
    {
        var outcome = reader.Read(line, out var e);
        if (e is CallsEvent calls)
        {
            ledger.CallLines++;
            builder.Add(calls);
        }
        else if (outcome == LineOutcome.Unreadable)
            ledger.OwnUnreadable++;
        else
            ledger.Heartbeat = Heartbeat.Read(line) ?? ledger.Heartbeat;
    }

    private void Fold(long sequence, LineOutcome outcome, SparkEvent? e)
    {
        switch (outcome)
        {
            case LineOutcome.Ignored:
                ledger.Ignored++;
                break;
            case LineOutcome.Unreadable:
                if (ledger.Unreadable++ == 0)
                    options.Notice($"{Label}: line {sequence} cannot be read and is left out: {reader.Problem}");
                break;
            case LineOutcome.Event when e is LogStart:
                ledger.Own++;
                builder.Add(e);
                break;
            default:
                ledger.Events++;
                builder.Add(e!);
                if (e is ApplicationEnd && !HasEnded)
                    End();
                break;
        }
    }

    private void End()
    {
        HasEnded = true;
        endedAt = time.GetTimestamp();
        if (!IsClosed)
            timer.Change(options.EndGrace, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        BridgeConnection? silent = null;
        lock (gate)
        {
            if (IsClosed)
                return;
            var left = HasEnded
                ? options.EndGrace - time.GetElapsedTime(endedAt)
                : options.IdleTimeout - time.GetElapsedTime(aliveAt);
            // What waits for the sink may have sent much that is not yet read.
            if (IsBehind)
                left = options.EndGrace;
            if (left > TimeSpan.Zero)
            {
                timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }
            if (!HasEnded)
                silent = Volatile.Read(ref connection);
            Close();
        }
        silent?.Close();
    }

    /// <summary>Inside the gate. Writes what is open; the first time, the application's own span.</summary>
    private void Close()
    {
        var tell = !IsClosed;
        IsClosed = true;
        builder.ExitCode = exitCode;
        builder.EventsLost = ledger.Lost;
        builder.Complete();
        closing = CloseAsync(closing, tell);
    }

    private async Task CloseAsync(Task before, bool tell)
    {
        await Task.Yield();
        await before.ConfigureAwait(false);
        try
        {
            await pump.EmptyAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The bridge was stopped; the pump has counted what it left.
        }
        if (tell)
            options.Closed(this);
    }

    /// <summary>Inside the gate, twice a second.</summary>
    private void Announce()
    {
        if (!IsClosed)
            builder.WriteMarkers(time.GetUtcNow().ToUnixTimeMilliseconds());
        if (announced || builder.Resource is null)
            return;
        announced = true;
        options.Started(this);
    }

    private string Label => Hello.AppName is { Length: > 0 } name ? name : Hello.Session;

    private string? ResourceText(AttributeKey key) => Locked(session =>
    {
        foreach (var attribute in session.builder.Resource?.Attributes ?? [])
        {
            if (attribute.Key.Name == key.Name)
                return attribute.AsString;
        }
        return null;
    });

    private T Locked<T>(Func<BridgeSession, T> read)
    {
        lock (gate)
            return read(this);
    }
}
