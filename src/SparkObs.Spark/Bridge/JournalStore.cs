using SparkObs.Spark.Events;
using SparkObs.Spark.Export;

namespace SparkObs.Spark.Bridge;

/// <summary>The journals of a bridge below its data directory, which is its alone.</summary>
internal sealed class JournalStore : IAsyncDisposable
{
    private readonly object gate = new();
    private readonly object ticking = new();
    private readonly string sessions;
    private readonly FileStream lockFile;
    private readonly Tombstones tombstones;
    private readonly HashSet<Journal> journals = [];
    private readonly CancellationTokenSource stop = new();
    private readonly Task run;
    private long bytes;
    private long failures;

    private JournalStore(string directory, JournalOptions options, TimeProvider time, Action<string> notice, FileStream lockFile)
    {
        Options = options;
        Time = time;
        Notice = notice;
        this.lockFile = lockFile;
        sessions = Path.Combine(directory, JournalFolder.Sessions);
        PrivateFiles.CreateFolder(sessions);
        tombstones = new Tombstones(Path.Combine(directory, "tombstones"));
        using (ExecutionContext.SuppressFlow())
            run = Task.Run(RunAsync);
    }

    public JournalOptions Options { get; }

    public TimeProvider Time { get; }

    /// <summary>Told in one line what a user should know.</summary>
    public Action<string> Notice { get; }

    /// <summary>Of all journals.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>How often a session had to go on from memory.</summary>
    public long Failures => Interlocked.Read(ref failures);

    /// <exception cref="BridgeException">Another bridge has the directory, or it cannot be written.</exception>
    public static JournalStore Open(string directory, JournalOptions options, TimeProvider time, Action<string> notice)
    {
        FileStream lockFile;
        try
        {
            PrivateFiles.CreateFolder(directory);
            lockFile = Lock(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BridgeException($"the data directory {directory} cannot be written: {e.Message}. Choose another one, or none: then the bridge works from memory.", e);
        }
        try
        {
            return new JournalStore(directory, options, time, notice, lockFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            lockFile.Dispose();
            throw new BridgeException($"the data directory {directory} cannot be read: {e.Message}. Choose another one, or none: then the bridge works from memory.", e);
        }
    }

    /// <summary>What bridges before this one have left.</summary>
    public IReadOnlyList<(Hello Hello, Journal Journal)> Found()
    {
        var found = new List<(Hello, Journal)>();
        foreach (var folder in Directory.EnumerateDirectories(sessions).OrderBy(Directory.GetLastWriteTimeUtc))
        {
            try
            {
                var hello = JournalFolder.ReadHello(folder);
                if (tombstones.Of(hello) is not null)
                    Directory.Delete(folder, recursive: true);
                else
                    found.Add((hello, Keep(new Journal(this, hello, folder))));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Notice($"{folder} cannot be taken up and is left as it is: {e.Message}");
            }
        }
        return found;
    }

    public Tombstone? TombstoneOf(Hello hello) => tombstones.Of(hello);

    /// <summary>A new journal; null, with a notice, when there can be none.</summary>
    public Journal? Create(Hello hello)
    {
        var folder = Path.Combine(sessions, JournalFolder.NameOf(hello));
        try
        {
            // What could not be taken up.
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
            PrivateFiles.CreateFolder(folder);
            JournalFolder.WriteHello(folder, hello);
            return Keep(new Journal(this, hello, folder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failed($"{hello.AppName ?? hello.Session}: no journal in {folder} ({e.Message}); the bridge works from memory: killed, it loses what is open");
            return null;
        }
    }

    /// <summary>Room for so many bytes more, if the bound allows.</summary>
    public bool TryAdd(long count)
    {
        if (Interlocked.Add(ref bytes, count) <= Options.MaxBytes)
            return true;
        Interlocked.Add(ref bytes, -count);
        return false;
    }

    public void Add(long count) => Interlocked.Add(ref bytes, count);

    public void Failed(string notice)
    {
        Interlocked.Increment(ref failures);
        Notice(notice);
    }

    /// <summary>A run whose journal goes away.</summary>
    public void Remember(Hello hello, long last) => tombstones.Add(hello, last, Time.GetUtcNow());

    /// <summary>All journals say how far they are settled, and let go of what is.</summary>
    public void Tick()
    {
        lock (ticking)
        {
            Journal[] all;
            lock (gate)
                all = [.. journals];
            foreach (var journal in all)
            {
                if (journal.Tick())
                    continue;
                lock (gate)
                    journals.Remove(journal);
            }
        }
    }

    /// <summary>Writes the last checkpoints, and gives the directory free.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await run.ConfigureAwait(false);
        Tick();
        lock (gate)
        {
            foreach (var journal in journals)
                journal.Dispose();
        }
        await lockFile.DisposeAsync().ConfigureAwait(false);
        stop.Dispose();
    }

    private static FileStream Lock(string directory)
    {
        var path = Path.Combine(directory, NumberedFolder.Lock);
        try
        {
            return PrivateFiles.Open(path, FileMode.OpenOrCreate, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new BridgeException($"the data directory {directory} is another bridge's, which runs; stop it, or give each a directory of its own.", e);
        }
    }

    private Journal Keep(Journal journal)
    {
        lock (gate)
            journals.Add(journal);
        return journal;
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Options.Every);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token).ConfigureAwait(false))
                Tick();
        }
        catch (OperationCanceledException)
        {
        }
    }
}
