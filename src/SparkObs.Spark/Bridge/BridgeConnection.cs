using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Bridge;

/// <summary>One socket: its hello, then lines one way and acknowledgements the other, until either side closes.</summary>
internal sealed class BridgeConnection : IDisposable
{
    /// <summary>The driver's side cuts what would be longer.</summary>
    public const int MaxLine = 8 * 1024 * 1024;

    /// <summary>For the hello alone: a thousand may wait.</summary>
    private const int FirstBuffer = 4 * 1024;

    private const int Buffer = 256 * 1024;

    /// <summary>An answer is sent, and what still comes is read and forgotten: a close with unread bytes would take the answer with it.</summary>
    private const int MaxForgotten = 1024 * 1024;

    private static readonly TimeSpan ForgetFor = TimeSpan.FromSeconds(1);

    private readonly Socket socket;
    private readonly BridgeServer server;
    private readonly CancellationTokenSource closed;
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LineBuffer lines = new(MaxLine, FirstBuffer);

    /// <summary>Null where nothing is encrypted.</summary>
    private SslStream? tls;

    private volatile bool waitsForRoom;
    private volatile Acknowledger? acknowledger;

    public BridgeConnection(Socket socket, BridgeServer server, CancellationToken stop)
    {
        this.socket = socket;
        this.server = server;
        closed = CancellationTokenSource.CreateLinkedTokenSource(stop);
    }

    /// <summary>Completes when nothing more of it is folded.</summary>
    public Task Finished => finished.Task;

    /// <summary>Nothing is read because the sink is behind.</summary>
    public bool IsWaitingForRoom => waitsForRoom;

    /// <summary>Bytes that came and were not read.</summary>
    public int Unread
    {
        get
        {
            try
            {
                return socket.Available;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return 0;
            }
        }
    }

    /// <summary>Lines that are folded and not acknowledged, and since when.</summary>
    public (long Lines, TimeSpan Age) Unacknowledged => acknowledger?.Waiting ?? default;

    /// <summary>Ends it from this side.</summary>
    public void Close()
    {
        try
        {
            closed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Serves the connection to its end. Does not throw.</summary>
    public async Task RunAsync()
    {
        BridgeSession? session = null;
        try
        {
            try
            {
                session = await GreetAsync().ConfigureAwait(false);
            }
            catch (HelloRefusedException refused)
            {
                server.Count(refused.Refusal, refused.Message);
                await RefuseAsync(refused.Message).ConfigureAwait(false);
                return;
            }
            finally
            {
                server.HelloDone();
            }
            await ServeAsync(session).ConfigureAwait(false);
        }
        catch (Exception e) when (IsGone(e))
        {
            // The other side is gone, or another connection has taken over.
        }
        catch (Exception e)
        {
            server.Failed(e);
        }
        finally
        {
            lines.Dispose();
            tls?.Dispose();
            socket.Dispose();
            session?.Detach(this);
            finished.SetResult();
        }
    }

    public void Dispose()
    {
        closed.Dispose();
        socket.Dispose();
    }

    private async Task<BridgeSession> GreetAsync()
    {
        var hello = await ReadHelloAsync().ConfigureAwait(false);
        var session = server.SessionOf(hello);
        var acknowledged = await session.AttachAsync(this).ConfigureAwait(false);
        try
        {
            await SendAsync(Handshake.Accept(acknowledged, session.IsOnDisk), closed.Token).ConfigureAwait(false);
        }
        catch
        {
            session.Detach(this);
            throw;
        }
        return session;
    }

    private async Task<Hello> ReadHelloAsync()
    {
        using var late = new CancellationTokenSource(server.Options.HelloTimeout, server.Options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, closed.Token);
        try
        {
            if (server.Options.Tls is { } settings)
                await EncryptAsync(settings, either.Token).ConfigureAwait(false);
            while (true)
            {
                var free = lines.Free();
                var read = await ReceiveAsync(free, either.Token).ConfigureAwait(false);
                if (read == 0 || (lines.Length == 0 && free.Span[0] != Handshake.FirstByte))
                    throw Handshake.NoHello();
                lines.Added(read);
                if (lines.TryTake(out var line, out _))
                    return Handshake.Read(line, server.TokenHash);
                if (lines.Length > Handshake.MaxHello)
                    throw Handshake.NoHello();
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !closed.IsCancellationRequested)
        {
            throw new HelloRefusedException(Refusal.Silent, $"no hello within {server.Options.HelloTimeout.TotalSeconds:0.#} s");
        }
    }

    /// <exception cref="HelloRefusedException">No TLS came about.</exception>
    private async Task EncryptAsync(BridgeTls settings, CancellationToken cancellationToken)
    {
        try
        {
            tls = await settings.AuthenticateAsync(socket, server.Options.Notice, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            throw new HelloRefusedException(Refusal.Tls,
                $"no TLS came about ({(e.InnerException ?? e).Message.TrimEnd('.')}); drivers need spark.sparkobs.endpoint=tls://… and certificates that hold (sparkobs doctor --bridge tells more)");
        }
    }

    private async Task ServeAsync(BridgeSession session)
    {
        lines.Grow(Buffer);
        var acknowledges = acknowledger = new Acknowledger(bytes => SendAsync(bytes, closed.Token), closed.Token);
        await using var ended = acknowledges.ConfigureAwait(false);
        try
        {
            var read = 0;
            do
            {
                acknowledges.Folded(session.Fold(lines, read), read);
                await WaitForRoomAsync(session).ConfigureAwait(false);
                read = await ReceiveAsync(lines.Free(), closed.Token).ConfigureAwait(false);
                lines.Added(read);
            }
            while (read > 0);
        }
        finally
        {
            await closed.CancelAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask WaitForRoomAsync(BridgeSession session)
    {
        var room = session.WaitForRoomAsync(closed.Token);
        if (room.IsCompletedSuccessfully)
            return;
        waitsForRoom = true;
        await room.ConfigureAwait(false);
        waitsForRoom = false;
        session.NoteAlive();
    }

    private ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        tls is null ? socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken) : tls.ReadAsync(buffer, cancellationToken);

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (tls is not null)
        {
            await tls.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            return;
        }
        while (bytes.Length > 0)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
    }

    private async Task RefuseAsync(string error)
    {
        // Whom TLS has failed with would not understand the answer.
        if (server.Options.Tls is not null && tls is null)
            return;
        using var bound = new CancellationTokenSource(ForgetFor);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, closed.Token);
        try
        {
            await SendAsync(Handshake.Refuse(error), either.Token).ConfigureAwait(false);
            if (tls is not null)
                await tls.ShutdownAsync().WaitAsync(either.Token).ConfigureAwait(false);
            socket.Shutdown(SocketShutdown.Send);
            for (int forgotten = 0, read = 1; read > 0 && forgotten < MaxForgotten; forgotten += read)
                read = await socket.ReceiveAsync(new byte[FirstBuffer], SocketFlags.None, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (IsGone(e))
        {
            // It did not wait for the answer.
        }
    }

    private bool IsGone(Exception e) =>
        e is SocketException or OperationCanceledException or ObjectDisposedException || (tls is not null && e is IOException);
}
