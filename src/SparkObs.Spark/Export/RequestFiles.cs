using System.Security.Cryptography;

namespace SparkObs.Spark.Export;

/// <summary>
/// The folder of requests that wait on disk: one file a request, deleted once it is settled, so that the next process sends what this
/// one leaves. Several processes may share it: each holds a lock on <c>(owner).lock</c> while it lives, and whoever starts takes over the
/// files whose owner is dead. Bounded in bytes, of this process's own and what it took over.
/// </summary>
internal sealed class RequestFiles : IDisposable
{
    private const string LockExtension = ".lock";

    /// <summary>A file counts for at least so much: no more than 65,536 are in 1 GiB, and what is known of them in memory stays below 20 MB.</summary>
    private const int LeastFootprint = 16 * 1024;

    /// <summary>Locks that nobody holds are removed after this; younger ones may be of a process that starts right now.</summary>
    private static readonly TimeSpan StaleAfter = TimeSpan.FromHours(1);

    private readonly string directory;
    private readonly long maxBytes;
    private readonly string owner = Convert.ToHexString(RandomNumberGenerator.GetBytes(8)).ToLowerInvariant();
    private readonly Dictionary<string, FileStream> locks = new(StringComparer.Ordinal);
    private long bytes;
    private long lastTicks;

    private RequestFiles(string directory, long maxBytes)
    {
        this.directory = directory;
        this.maxBytes = maxBytes;
        Refused = new RefusedFiles(Path.Combine(directory, "refused"));
    }

    /// <summary>Bytes that the files take, each counted with at least 16 KiB.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    public RefusedFiles Refused { get; }

    /// <summary>Opens the folder.</summary>
    /// <param name="left">What processes that are gone have left, oldest first; also what they had begun to write.</param>
    /// <exception cref="ExportConfigurationException">The folder cannot be used.</exception>
    public static RequestFiles Open(string directory, long maxBytes, out IReadOnlyList<RequestFile> left)
    {
        var files = new RequestFiles(Path.GetFullPath(directory), maxBytes);
        try
        {
            PrivateFiles.CreateOwnFolder(files.directory);
            files.locks.Add(files.owner, PrivateFiles.Open(files.LockPath(files.owner), FileMode.CreateNew));
            left = files.TakeOver();
            files.bytes = left.Sum(Footprint);
            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            files.Dispose();
            throw new ExportConfigurationException($"the queue directory '{files.directory}' cannot be used: {e.Message}");
        }
    }

    /// <summary>Writes the request into a file.</summary>
    /// <param name="beyondBound">Whether it is written even if the bound is reached.</param>
    /// <param name="problem">Why not.</param>
    public RequestFile? Write(EncodedRequest request, bool beyondBound, out string problem)
    {
        var path = NewPath(request.SpanCount);
        var file = new RequestFile(path, owner, request.SpanCount, request.Length + RequestFile.HeaderLength);
        var footprint = Footprint(file);
        if (Interlocked.Add(ref bytes, footprint) > maxBytes && !beyondBound)
        {
            Interlocked.Add(ref bytes, -footprint);
            problem = FormattableString.Invariant($"its bound of {maxBytes} bytes is reached");
            return null;
        }
        try
        {
            RequestFile.Write(path, request);
            problem = "";
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Interlocked.Add(ref bytes, -footprint);
            problem = e.Message;
            return null;
        }
    }

    /// <summary>The request is settled.</summary>
    public void Delete(RequestFile file)
    {
        RequestFile.TryDelete(file.Path);
        Interlocked.Add(ref bytes, -Footprint(file));
    }

    /// <summary>A name that no file has.</summary>
    public string NewName(int spans)
    {
        long before, ticks;
        do
        {
            before = Interlocked.Read(ref lastTicks);
            ticks = Math.Max(before + 1, DateTime.UtcNow.Ticks);
        }
        while (Interlocked.CompareExchange(ref lastTicks, ticks, before) != before);
        return RequestFile.NameOf(ticks, owner, spans);
    }

    /// <summary>From now on another process may take over what is left.</summary>
    public void Dispose()
    {
        foreach (var (holder, held) in locks)
        {
            if (!Found().Any(file => file.Owner == holder))
                RequestFile.TryDelete(held.Name);
            held.Dispose();
        }
        locks.Clear();
    }

    private static long Footprint(RequestFile file) => Math.Max(LeastFootprint, file.Bytes);

    private List<RequestFile> TakeOver()
    {
        var taken = new List<RequestFile>();
        foreach (var group in Found().GroupBy(file => file.Owner))
        {
            if (!TryLock(group.Key))
                continue;
            // Listed again: its owner may have worked until it let the lock go.
            taken.AddRange(Found().Where(file => file.Owner == group.Key));
        }
        foreach (var path in Directory.EnumerateFiles(directory, "*" + LockExtension))
            RemoveStaleLock(path);
        taken.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return taken;
    }

    private IEnumerable<RequestFile> Found() => Directory.Exists(directory)
        ? new DirectoryInfo(directory).EnumerateFiles().Select(RequestFile.Of).OfType<RequestFile>()
        : [];

    /// <summary>Whether the owner is gone: its files are ours now.</summary>
    private bool TryLock(string holder)
    {
        try
        {
            locks.Add(holder, PrivateFiles.Open(LockPath(holder), FileMode.OpenOrCreate));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void RemoveStaleLock(string path)
    {
        var holder = Path.GetFileNameWithoutExtension(path);
        if (locks.ContainsKey(holder) || DateTime.UtcNow - File.GetLastWriteTimeUtc(path) < StaleAfter || !TryLock(holder))
            return;
        RequestFile.TryDelete(path);
        locks.Remove(holder, out var held);
        held!.Dispose();
    }

    private string LockPath(string holder) => Path.Combine(directory, holder + LockExtension);

    private string NewPath(int spans) => Path.Combine(directory, NewName(spans));
}
