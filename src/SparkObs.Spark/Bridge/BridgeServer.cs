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
    private int waiting;
    private long spansLostBefore;

    private BridgeServer(BridgeOptions options)
    {
        if (options.Token.Length == 0)
            throw new BridgeException("the token is empty; choose a random one of 16 characters or more.");
        options.Endpoint.CheckFits(options.Tls);
        Options = options;
        TokenHash = Handshake.HashOf(options.Token);
        listener = options.Endpoint.Listen(out var endpoint);
        Endpoint = endpoint;
        // It outlives the caller's activity, and must not belong to it.
        using (ExecutionContext.SuppressFlow())
            accepting = Task.Run(AcceptAllAsync);
    }

    public BridgeOptions Options { get; }

    /// <summary>For <c>spark.sparkobs.endpoint</c>: <c>host:port</c>, <c>tls://host:port</c> or <c>unix:/path</c>.</summary>
    public string Endpoint { get; }

    public byte[] TokenHash { get; }

    /// <summary>Completes with the first error of a sink.</summary>
    public Task<Exception> SinkFailure => sinkFailure.Task;

    /// <summary>Spans of all applications that their sinks did not take.</summary>
    public long SpansLost
    {
        get
        {
            lock (gate)
                return spansLostBefore + sessions.Values.Sum(session => session.SpansLost);
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
        await Task.WhenAll(Sessions.Select(session => EndAsync(session, graceOver.Token))).WaitAsync(cancellationToken).ConfigureAwait(false);
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
            var session = new BridgeSession(hello, Options, pool, SinkFailed, stopAll.Token);
            sessions.Add(hello.Session, session);
            return session;
        }
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

    private void Forget(BridgeSession session)
    {
        sessions.Remove(session.Hello.Session);
        spansLostBefore += session.SpansLost;
        _ = session.DisposeAsync().AsTask();
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

    private static async Task EndAsync(BridgeSession session, CancellationToken graceOver)
    {
        try
        {
            await session.WaitForEndAsync(graceOver).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It runs on; what it has is closed as incomplete.
        }
        await session.CompleteAsync(exitCode: null).ConfigureAwait(false);
    }
}
