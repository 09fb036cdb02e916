using System.Net.Sockets;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Bridge;

/// <summary>
/// Where drivers send their events: accepts connections, keeps a session for each application, and survives whatever else connects.
/// </summary>
internal sealed class BridgeServer : IAsyncDisposable
{
    /// <summary>Closed applications that are remembered, in case their driver comes back; each holds some MB at most.</summary>
    private const int MaxClosed = 20;

    /// <summary>When the system has no sockets left, connections wait until some are closed.</summary>
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(200);

    /// <summary>Locks are held for the time of a buffer's lines, some ms.</summary>
    private static readonly TimeSpan Stuck = TimeSpan.FromSeconds(2);

    private readonly object gate = new();
    private readonly Socket listener;
    private readonly SpanBatchPool pool = new(capacity: 32);

    /// <summary>By session id, the oldest first.</summary>
    private readonly Dictionary<string, BridgeSession> sessions = new(StringComparer.Ordinal);

    private readonly long[] refusals = new long[Enum.GetValues<Refusal>().Length];
    private readonly CancellationTokenSource stopAccepting = new();
    private readonly CancellationTokenSource stopAll = new();
    private readonly TaskCompletionSource<Exception> sinkFailure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<Task> connections = [];
    private readonly Task accepting;
    private readonly JournalStore? store;

    /// <summary>Not remembered any more, but not yet done.</summary>
    private readonly HashSet<BridgeSession> retiring = [];

    /// <summary>Of those that are done.</summary>
    private readonly BridgeFigures forgotten = new();

    private int waiting;

    private BridgeServer(BridgeOptions options)
    {
        if (options.Token.Length == 0)
            throw new BridgeException("the token is empty; choose a random one of 16 characters or more.");
        options.Endpoint.CheckFits(options.Tls);
        Options = options;
        TokenHash = Handshake.HashOf(options.Token);
        store = options.DataDirectory is { } directory ? JournalStore.Open(directory, options.Journal, options.Time, options.Notice) : null;
        try
        {
            listener = options.Endpoint.Listen(out var endpoint);
            Endpoint = endpoint;
        }
        catch
        {
            // It holds nothing yet but the directory's lock.
            store?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
        TakeUp();
        Metrics = new BridgeMetrics(this);
        // It outlives the caller's activity, and must not belong to it.
        using (ExecutionContext.SuppressFlow())
            accepting = Task.Run(AcceptAllAsync);
    }

    public BridgeOptions Options { get; }

    /// <summary>For <c>spark.sparkobs.endpoint</c>: <c>host:port</c>, <c>tls://host:port</c> or <c>unix:/path</c>.</summary>
    public string Endpoint { get; }

    public byte[] TokenHash { get; }

    public BridgeMetrics Metrics { get; }

    /// <summary>Completes with the first error of a sink.</summary>
    public Task<Exception> SinkFailure => sinkFailure.Task;

    /// <summary>Spans of all applications that their sinks did not take.</summary>
    public long SpansLost => ReadFigures().Spans.Abandoned;

    public int OpenConnections
    {
        get
        {
            lock (gate)
                return connections.Count;
        }
    }

    /// <summary>The applications that are open or remembered.</summary>
    public IReadOnlyList<BridgeSession> Sessions
    {
        get
        {
            lock (gate)
                return [.. sessions.Values];
        }
    }

    /// <exception cref="BridgeException">It cannot listen there.</exception>
    public static BridgeServer Start(BridgeOptions options) => new(options);

    /// <summary>Bytes of all journals; how often a session had to go on from memory.</summary>
    public (long Bytes, long Failures) Journals => (store?.Bytes ?? 0, store?.Failures ?? 0);

    /// <summary>Says now in the journals up to where all is settled, which is done once a second.</summary>
    public void Checkpoint() => store?.Tick();

    /// <summary>Sums over all applications since the start.</summary>
    public BridgeFigures ReadFigures()
    {
        var figures = new BridgeFigures();
        lock (gate)
        {
            figures.Add(forgotten);
            foreach (var session in sessions.Values.Concat(retiring))
                figures.Add(session);
        }
        return figures;
    }

    /// <summary>How it is. Answers within some seconds, also when something is stuck.</summary>
    public BridgeHealth ReadHealth()
    {
        var moves = Monitor.TryEnter(gate, Stuck);
        if (moves)
            Monitor.Exit(gate);
        var all = moves ? Sessions : [];
        moves = moves && all.All(session => session.IsAlive(Stuck));
        var health = new BridgeHealth
        {
            IsAccepting = !accepting.IsCompleted && !stopAccepting.IsCancellationRequested,
            AcceptsOrStops = !accepting.IsCompleted || stopAccepting.IsCancellationRequested,
            Moves = moves,
            IsRecovered = all.All(session => session.Recovered.IsCompleted),
            ExportFailed = SinkFailure.IsCompleted,
        };
        return !moves ? health : health with
        {
            Applications = all.Count(session => !session.IsClosed),
            Connections = OpenConnections,
            SilentDrivers = all.Count(session => session.ReadSilence().Now),
            SpansWaiting = all.Sum(session => session.ReadSpans().Waiting),
        };
    }

    /// <summary>How many connections were refused for the reason.</summary>
    public long Refused(Refusal refusal) => Interlocked.Read(ref refusals[(int)refusal]);

    /// <summary>
    /// Takes no more connections; waits up to <paramref name="grace"/> for applications that run to end, and closes all that are
    /// open. All their spans are then in their sinks, unless it was cancelled.
    /// </summary>
    public async Task StopAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        await StopAcceptingAsync().ConfigureAwait(false);
        using var graceOver = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        graceOver.CancelAfter(grace);
        await Task.WhenAll(Sessions.Select(session => EndAsync(session, Options.LeavesOpen, graceOver.Token))).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the spans that were built up to now are in their sinks.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Sessions.Select(session => session.FlushAsync())).WaitAsync(cancellationToken);

    /// <summary>Ends all work at once. <see cref="StopAsync"/> comes before it where spans are not to be lost.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stopAll.IsCancellationRequested)
            return;
        await StopAcceptingAsync().ConfigureAwait(false);
        await stopAll.CancelAsync().ConfigureAwait(false);
        Task[] open;
        lock (gate)
            open = [.. connections];
        await Task.WhenAll(open).ConfigureAwait(false);
        foreach (var session in Sessions)
            await session.DisposeAsync().ConfigureAwait(false);
        if (store is not null)
            await store.DisposeAsync().ConfigureAwait(false);
        Metrics.Dispose();
    }

    /// <summary>The session that a driver belongs to: its own from before, or a new one.</summary>
    /// <exception cref="HelloRefusedException">Another driver has it, or there are too many.</exception>
    internal BridgeSession SessionOf(Hello hello)
    {
        lock (gate)
        {
            if (sessions.TryGetValue(hello.Session, out var known))
            {
                if (known.Hello.Instance == hello.Instance)
                    return known;
                // The next attempt of an application may come under the session of the one before.
                if (!known.IsClosed || known.IsConnected)
                    throw new HelloRefusedException(Refusal.Instance, "another driver has this session; give each its own spark.sparkobs.session, or none");
                Forget(known);
            }
            MakeRoom();
            var tombstone = store?.TombstoneOf(hello);
            var journal = tombstone is null ? store?.Create(hello) : null;
            var session = new BridgeSession(hello, Options, pool, SinkFailed, journal, recover: false, tombstone, stopAll.Token);
            sessions.Add(hello.Session, session);
            return session;
        }
    }

    /// <summary>Forgets an application without closing it: its spans will be made again.</summary>
    internal void Abandon(BridgeSession session)
    {
        session.Abandon();
        lock (gate)
            Forget(session);
    }

    internal void HelloDone() => Interlocked.Decrement(ref waiting);

    /// <summary>Counts a refused connection; the first for each reason is told.</summary>
    internal void Count(Refusal refusal, string message)
    {
        if (Interlocked.Increment(ref refusals[(int)refusal]) == 1)
            Options.Notice($"a connection was refused: {message}");
    }

    internal void Failed(Exception e) => Options.Notice($"a connection failed: {e.Message}");

    private void SinkFailed(Exception e)
    {
        if (sinkFailure.TrySetResult(e))
            Options.Notice($"spans are lost from now on: {e.Message}");
    }

    private async Task AcceptAllAsync()
    {
        while (true)
        {
            try
            {
                var socket = await listener.AcceptAsync(stopAccepting.Token).ConfigureAwait(false);
                if (Interlocked.Increment(ref waiting) > Options.MaxWaiting)
                    await TurnAwayAsync(socket).ConfigureAwait(false);
                else
                    Serve(socket);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                Options.Notice($"cannot accept a connection: {e.Message}");
                await Task.Delay(AcceptPause).ConfigureAwait(false);
            }
        }
    }

    private void Serve(Socket socket)
    {
        if (socket.ProtocolType == ProtocolType.Tcp)
            socket.NoDelay = true;
        var connection = new BridgeConnection(socket, this, stopAll.Token);
        lock (gate)
        {
            var run = Task.Run(connection.RunAsync);
            connections.Add(run);
            run.ContinueWith(Done, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        void Done(Task run)
        {
            connection.Dispose();
            lock (gate)
                connections.Remove(run);
        }
    }

    /// <summary>The answer fits into a new socket's buffer: this does not wait.</summary>
    private async ValueTask TurnAwayAsync(Socket socket)
    {
        HelloDone();
        var message = $"too many connections ({Options.MaxWaiting}) wait for their hello; try again";
        Count(Refusal.TooManyWaiting, message);
        using (socket)
        {
            try
            {
                await socket.SendAsync(Handshake.Refuse(message), SocketFlags.None).ConfigureAwait(false);
                socket.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                // It is gone already.
            }
        }
    }

    /// <summary>Inside the gate.</summary>
    private void MakeRoom()
    {
        var gone = sessions.Values.Where(session => session.IsClosed && !session.IsConnected).ToList();
        if (sessions.Count - gone.Count >= Options.MaxApplications)
            throw new HelloRefusedException(Refusal.TooManyApplications, $"{Options.MaxApplications} applications are open, and no more are taken; try again");
        foreach (var session in gone.Take(gone.Count - MaxClosed + 1))
            Forget(session);
    }

    /// <summary>Inside the gate.</summary>
    private void Forget(BridgeSession session)
    {
        sessions.Remove(session.Hello.Session);
        session.Forget();
        retiring.Add(session);
        _ = RetireAsync(session);
    }

    private async Task RetireAsync(BridgeSession session)
    {
        await session.DisposeAsync().ConfigureAwait(false);
        lock (gate)
        {
            retiring.Remove(session);
            forgotten.Add(session);
        }
    }

    private async Task StopAcceptingAsync()
    {
        if (stopAccepting.IsCancellationRequested)
            return;
        await stopAccepting.CancelAsync().ConfigureAwait(false);
        await accepting.ConfigureAwait(false);
        listener.Dispose();
        Options.Endpoint.Remove();
    }

    /// <summary>The oldest first: of two runs under one session the later one has it.</summary>
    private void TakeUp()
    {
        foreach (var (hello, journal) in store?.Found() ?? [])
        {
            if (sessions.TryGetValue(hello.Session, out var earlier))
            {
                retiring.Add(earlier);
                _ = SupersedeAsync(earlier);
            }
            sessions[hello.Session] = new BridgeSession(hello, Options, pool, SinkFailed, journal, recover: true, tombstone: null, stopAll.Token);
        }
    }

    /// <summary>Another run has its session: it is closed, and gone once it is settled.</summary>
    private async Task SupersedeAsync(BridgeSession session)
    {
        await session.CompleteAsync(exitCode: null).ConfigureAwait(false);
        session.Forget();
        await RetireAsync(session).ConfigureAwait(false);
    }

    private static async Task EndAsync(BridgeSession session, bool leavesOpen, CancellationToken graceOver)
    {
        try
        {
            await session.WaitForEndAsync(graceOver).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It runs on; what it has is closed as incomplete.
        }
        if (leavesOpen && session is { HasEnded: false, IsClosed: false, IsOnDisk: true })
            await session.SuspendAsync().ConfigureAwait(false);
        else
            await session.CompleteAsync(exitCode: null).ConfigureAwait(false);
    }
}
