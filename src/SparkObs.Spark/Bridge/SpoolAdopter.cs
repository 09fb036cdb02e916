namespace SparkObs.Spark.Bridge;

/// <summary>
/// Picks up, once, what drivers that are gone have left in their spools: the lines go into their session as if the driver had sent
/// them, what the bridge has already is skipped, and the folder is removed when the spans are delivered.
/// </summary>
internal sealed class SpoolAdopter : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>A driver that starts makes its folder first and locks it then.</summary>
    private static readonly TimeSpan Untouched = TimeSpan.FromSeconds(10);

    private readonly BridgeServer server;
    private readonly string folder;
    private readonly Func<CancellationToken, Task> flush;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stop = new();

    /// <summary>Folders that are still there and were told to be in trouble.</summary>
    private readonly HashSet<string> told = [];

    /// <summary>Of these the ones that are not tried again.</summary>
    private readonly HashSet<string> left = [];

    private readonly Task run;

    /// <param name="folder">Where drivers make their spools; it may come into being later.</param>
    /// <param name="flush">Waits until the sink has delivered all it took.</param>
    public SpoolAdopter(BridgeServer server, string folder, Func<CancellationToken, Task> flush)
    {
        this.server = server;
        this.folder = folder;
        this.flush = flush;
        time = server.Options.Time;
        run = Task.Run(RunAsync);
    }

    /// <summary>Leaves alone what it has not finished: the next bridge begins anew with it.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await run.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await ScanAsync().ConfigureAwait(false);
                await Task.Delay(Every, time, stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private async Task ScanAsync()
    {
        List<string> spools;
        try
        {
            spools = Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Tell(folder, e);
            return;
        }
        told.IntersectWith([.. spools, folder]);
        left.IntersectWith(spools);
        foreach (var path in spools.Except(left).ToList())
        {
            stop.Token.ThrowIfCancellationRequested();
            try
            {
                if (DeadSpool.IsSpool(path) && time.GetUtcNow().UtcDateTime - DeadSpool.TouchedUtc(path) >= Untouched)
                    await AdoptAsync(path).ConfigureAwait(false);
            }
            catch (HelloRefusedException e)
            {
                // Another attempt of the application runs, or too many do.
                Tell(path, e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or BridgeException)
            {
                Tell(path, e);
                left.Add(path);
            }
        }
    }

    private async Task AdoptAsync(string path)
    {
        using var spool = DeadSpool.TryOpen(path);
        if (spool is null)
            return;
        if (!spool.IsEmpty)
        {
            var session = server.SessionOf(spool.ReadHello());
            if (session.IsConnected)
                return;
            server.Options.Notice($"{path}: its driver is gone, and what it left is read");
            await FoldAsync(spool, session).ConfigureAwait(false);
            await flush(stop.Token).ConfigureAwait(false);
        }
        spool.Delete();
    }

    private async Task FoldAsync(DeadSpool spool, BridgeSession session)
    {
        session.Adopt();
        try
        {
            try
            {
                await spool.ReadAsync(FoldAsync, stop.Token).ConfigureAwait(false);
            }
            finally
            {
                if (!stop.IsCancellationRequested)
                    await session.EndAdoptionAsync().WaitAsync(stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The next bridge reads it again: the same spans under the same ids, and the rest.
            server.Abandon(session);
            throw;
        }

        Task FoldAsync(Events.LineBuffer lines, int read)
        {
            session.Fold(lines, read);
            return session.WaitForRoomAsync(stop.Token);
        }
    }

    /// <summary>Each trouble once: it is met at every scan.</summary>
    private void Tell(string path, Exception e)
    {
        if (told.Add(path))
            server.Options.Notice($"{path}: the spool is left as it is, for sparkobs replay: {e.Message.TrimEnd('.')}");
    }
}
