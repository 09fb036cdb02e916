using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Bridge;

/// <summary>
/// One run of an application: its lines, one after the other, become spans. It outlives its connections. Closed, it has written all
/// its spans; what comes after that all the same goes on to be built, and what was closed stays closed.
/// </summary>
internal sealed partial class BridgeSession : IAsyncDisposable
{
    /// <summary>How long <see cref="CompleteAsync"/> waits for what a process that has ended left in the socket.</summary>
    private static readonly TimeSpan DrainWithin = TimeSpan.FromSeconds(2);

    private readonly object gate = new();
    private readonly BridgeOptions options;
    private readonly TimeProvider time;
    private readonly TraceBuilder builder;
    private readonly SpanPump pump;
    private readonly Ledger ledger;
    private readonly LineFold fold;
    /// <summary>Runs while the session is open.</summary>
    private readonly Deadline deadline;

    private readonly CancellationTokenSource stop;

    private readonly Journal? journal;
    private readonly Task recovered = Task.CompletedTask;

    /// <summary>It was closed, settled and forgotten before, or what it had left cannot be read: nothing is made of what comes.</summary>
    private bool isBuried;

    private BridgeConnection? connection;
    private bool recovering;
    private bool suspended;

    /// <summary>The number after which it was closed last; 0 when it was not.</summary>
    private long closedAt;

    private bool announced;

    /// <summary>Lines of a dead driver are read, as fast as the sink takes their spans.</summary>
    private bool adopting;
    private int? exitCode;
    private ProgramError? programError;
    private Task closing = Task.CompletedTask;

    /// <param name="failed">Told when the sink fails.</param>
    /// <param name="journal">Where accepted lines are kept; null: nowhere.</param>
    /// <param name="recover">The journal has lines of a bridge before this one: they are folded first.</param>
    /// <param name="tombstone">What is remembered of the run, or null.</param>
    /// <param name="stop">Ends all work at once.</param>
    public BridgeSession(
        Hello hello, BridgeOptions options, SpanBatchPool pool, Action<Exception> failed, Journal? journal, bool recover, Tombstone? tombstone, CancellationToken stop)
    {
        this.journal = journal;
        recovering = recover;
        this.options = options;
        time = options.Time;
        Hello = hello;
        var last = tombstone?.Last ?? hello.FirstSequence - 1;
        ledger = new Ledger(before: tombstone is null ? last : 0);
        isBuried = HasEnded = IsClosed = tombstone is not null;
        builder = new TraceBuilder(options.Trace, pool) { SourceIncomplete = last > 0 };
        fold = new LineFold(builder, ledger, last, problem => options.Notice($"{Label}: {problem}"));
        deadline = new Deadline(options, OnDeadline);
        this.stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        pump = new SpanPump(gate, builder, options.SinkOf(this), Announce, Taken, failed, this.stop.Token);
        if (recover)
            recovered = Task.Run(RecoverAsync, CancellationToken.None);
    }

    /// <summary>As it was told first.</summary>
    public Hello Hello { get; }

    /// <summary>Its ApplicationEnd has come.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>All that was open is written.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>What was acknowledged survives a kill of the bridge.</summary>
    public bool IsOnDisk => isBuried || journal is { IsWorking: true };

    /// <summary>Completes when the lines of an earlier bridge are folded. Does not fail.</summary>
    public Task Recovered => recovered;

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

    /// <summary>What became of its events.</summary>
    public EventLedger ReadEvents() => Locked(static session => EventLedger.Of(session.ledger, session.IsClosed, session.HasEnded));

    /// <summary>What became of its spans, up to the sink.</summary>
    public SpanCounts ReadSpans() => Locked(static session => SpanCounts.Of(session.builder.Counters, session.pump.Discarded, session.pump.Waiting, session.pump.Lost));

    /// <summary>Nothing came from its driver for long, though it has not ended; and how often that was so.</summary>
    public (bool Now, long Times, TimeSpan Age) ReadSilence() => Locked(static session =>
        (session.deadline.Silence.IsTold && !session.IsClosed, session.deadline.Silence.Times, session.IsClosed || session.HasEnded ? TimeSpan.Zero : session.deadline.Silence.Age));

    /// <summary>How much later than it happened the last event was folded; zero before the first.</summary>
    public TimeSpan Lag { get; private set; }

    /// <summary>Lines that are folded and not acknowledged, and since when.</summary>
    public (long Lines, TimeSpan Age) ReadUnacknowledged() => Volatile.Read(ref connection)?.Unacknowledged ?? default;

    /// <summary>Nobody holds its lock for long, and its spans are carried.</summary>
    public bool IsAlive(TimeSpan within)
    {
        if (!Monitor.TryEnter(gate, within))
            return false;
        Monitor.Exit(gate);
        return pump.IsRunning;
    }

    /// <summary>
    /// A connection takes the session over from an earlier one, which is closed.
    /// </summary>
    /// <returns>The number up to which all lines are folded into the state.</returns>
    public async Task<long> AttachAsync(BridgeConnection newConnection)
    {
        await recovered.ConfigureAwait(false);
        journal?.GoOn();
        var old = Interlocked.Exchange(ref connection, newConnection);
        if (old is not null)
        {
            old.Close();
            await old.Finished.ConfigureAwait(false);
        }
        lock (gate)
        {
            ledger.Connections++;
            return GoOn();
        }
    }

    /// <summary>What comes now comes from a dead driver's spool.</summary>
    /// <returns>The number up to which all lines are folded into the state.</returns>
    public long Adopt() => Locked(static session =>
    {
        session.adopting = true;
        return session.GoOn();
    });

    /// <summary>The spool is read: closes what is open, and waits until the sink has its spans.</summary>
    public Task EndAdoptionAsync() => Locked(static session =>
    {
        session.adopting = false;
        session.Close();
        return session.closing;
    });

    public void Detach(BridgeConnection oldConnection)
    {
        // Not that of a connection that has taken over.
        if (Interlocked.CompareExchange(ref connection, null, oldConnection) != oldConnection)
            return;
        lock (gate)
        {
            deadline.Silence.Restart();
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
            Write();
            Hear();
            NoteLag();
            return fold.Last;
        }
    }

    /// <summary>Back-pressure: waits while the sink is behind.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken) => pump.WaitForRoomAsync(cancellationToken);

    /// <summary>It was we who did not listen.</summary>
    public void NoteAlive()
    {
        lock (gate)
            Hear();
    }

    /// <summary>
    /// The application's process has ended, with this code if somebody saw it: reads what the process left in the socket, closes its
    /// connection and the session, and waits until the sink has all its spans. What comes too late is not acknowledged, and told.
    /// </summary>
    public async ValueTask CompleteAsync(int? exitCode)
    {
        await recovered.ConfigureAwait(false);
        lock (gate)
            this.exitCode ??= exitCode;
        if (Volatile.Read(ref connection) is { } current)
            await DrainAsync(current).ConfigureAwait(false);
        Task closed;
        lock (gate)
        {
            if (!IsClosed)
                Close();
            closed = closing;
        }
        await closed.ConfigureAwait(false);
    }

    /// <summary>The program that the application belongs to ends by an exception: if the application runs, its span will say so.</summary>
    public void NoteError(ProgramError error)
    {
        lock (gate)
        {
            if (!HasEnded && !IsClosed)
                programError = error;
        }
    }

    /// <summary>
    /// The bridge is stopped while the application runs: closes its connection and waits until the sink has what has ended. The next
    /// bridge goes on from the journal.
    /// </summary>
    public async ValueTask SuspendAsync()
    {
        lock (gate)
            suspended = true;
        if (Volatile.Read(ref connection) is { } current)
        {
            current.Close();
            await current.Finished.ConfigureAwait(false);
        }
        await pump.EmptyAsync().ConfigureAwait(false);
    }

    /// <summary>Completes when the application's end has come, or its connection is gone.</summary>
    public async Task WaitForEndAsync(CancellationToken cancellationToken)
    {
        while (!HasEnded && IsConnected)
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Completes when the sink has all spans that were built up to now.</summary>
    public Task FlushAsync() => pump.EmptyAsync();

    /// <summary>Ends its work at once, whatever is open or pending.</summary>
    public void Abandon() => stop.Cancel();

    /// <summary>Ends its work, once the sink has what was closed or the bridge is stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await deadline.DisposeAsync().ConfigureAwait(false);
        Task closed;
        lock (gate)
        {
            options.Running.Remove(this);
            closed = closing;
        }
        await closed.ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await recovered.ConfigureAwait(false);
        await pump.DisposeAsync().ConfigureAwait(false);
        stop.Dispose();
    }

    /// <summary>Nobody knows it any more: its journal goes once it is settled.</summary>
    public void Forget() => journal?.Finish();

    /// <summary>
    /// What a process that has ended left in the socket is little, so it is read whatever the sink does; what cannot be read in time is
    /// not acknowledged: it stays in the driver's spool, if it has one.
    /// </summary>
    private async Task DrainAsync(BridgeConnection current)
    {
        pump.StopWaiting();
        var drained = await Task.WhenAny(current.Finished, Task.Delay(DrainWithin, time)).ConfigureAwait(false) == current.Finished;
        var unread = drained ? 0 : current.Unread;
        current.Close();
        await current.Finished.ConfigureAwait(false);
        if (unread > 0)
            options.Notice($"{Label}: {unread} bytes came from the driver and were not read in time; they are not in the trace, but in the driver's spool if it has one");
    }

    private void Fold(ReadOnlySpan<byte> line, bool tooLong)
    {
        if (SequencedLine.TryRead(line, out var sequence, out var isOwn))
            Fold(line, tooLong, sequence, isOwn);
        else
            fold.AddUnnumbered();
    }

    private void Fold(ReadOnlySpan<byte> line, bool tooLong, long sequence, bool isOwn)
    {
        if (isBuried)
        {
            fold.Skip(sequence);
            return;
        }
        if (!fold.Add(line, tooLong, sequence, isOwn))
            return;
        Keep(tooLong ? JournalLines.Refused(sequence) : line);
        if (fold.HasEnded && !HasEnded)
            End();
    }

    private void End()
    {
        HasEnded = true;
        deadline.NoteEnd();
        if (!IsClosed)
            deadline.Begin(HasEnded);
    }

    private void OnDeadline()
    {
        BridgeConnection? silent = null;
        lock (gate)
        {
            if (IsClosed || recovering || suspended)
                return;
            var left = deadline.Left(HasEnded);
            // What waits for the sink may have sent much that is not yet read.
            if (IsBehind || adopting)
                left = options.EndGrace;
            else if (left > TimeSpan.Zero && !HasEnded && deadline.Silence.TryTell())
                options.Notice($"{Label}: nothing came from its driver for {Silence.Worth.TotalSeconds:0} s, not even a heartbeat; after {options.IdleTimeout.TotalSeconds:0} s it is closed as incomplete");
            if (left > TimeSpan.Zero)
            {
                deadline.LookIn(left, HasEnded);
                return;
            }
            if (!HasEnded)
                silent = Volatile.Read(ref connection);
            Close();
        }
        silent?.Close();
    }

    /// <summary>Inside the gate. A session that was closed is open again, unless its end was told.</summary>
    private long GoOn()
    {
        Hear();
        if (IsClosed && !HasEnded)
        {
            IsClosed = false;
            if (announced)
                options.Running.Set(this, builder.Application!);
            deadline.Begin(HasEnded);
        }
        return fold.Last;
    }

    private void Hear()
    {
        if (deadline.Silence.Heard() && !IsClosed)
            options.Notice($"{Label}: its driver is heard again");
    }

    private void NoteLag()
    {
        if (builder.LastEventMs is > 0 and var lastEvent)
            Lag = TimeSpan.FromMilliseconds(Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds() - lastEvent));
    }

    /// <summary>Inside the gate. Writes what is open; the first time, the application's own span.</summary>
    private void Close()
    {
        var tell = !IsClosed;
        IsClosed = true;
        options.Running.Remove(this);
        var events = EventLedger.Of(ledger, closed: true, HasEnded);
        if (closedAt != fold.Last && journal is not null)
        {
            journal.Add(JournalLines.Closed(fold.Last, exitCode, programError, events.Lost));
            closedAt = fold.Last;
            Write();
        }
        CompleteTrace(events);
        closing = CloseAsync(closing, tell);
    }

    private void CompleteTrace(EventLedger events)
    {
        builder.ExitCode = exitCode;
        builder.ProgramError = programError;
        builder.EventTotals = events.ForSpan(told: ledger.Heartbeat is not null);
        builder.Complete();
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
        // Of one that never said anything nothing is worth waiting for.
        if ((HasEnded || ReadLedger().Lines == 0) && !IsConnected)
            journal?.Finish();
    }

    /// <summary>Inside the gate, twice a second.</summary>
    private void Announce()
    {
        if (recovering)
            return;
        if (!IsClosed)
            builder.WriteMarkers(time.GetUtcNow().ToUnixTimeMilliseconds());
        if (announced || builder.Resource is null)
            return;
        announced = true;
        if (!IsClosed)
            options.Running.Set(this, builder.Application!);
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
