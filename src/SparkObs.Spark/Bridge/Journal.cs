using System.Buffers;
using System.Globalization;
using SparkObs.Spark.Events;
using SparkObs.Spark.Export;

namespace SparkObs.Spark.Bridge;

/// <summary>
/// The accepted lines of one session on disk, as they came, in segments; and up to where their spans are settled. What is settled is
/// let go of: the state that the lines have left takes their place. What is written is safe from a kill of this process, not from that
/// of the machine: nothing is synced. A failure never stops a session: it goes on from memory, and the journal is tried again.
/// <see cref="Add"/>, <see cref="Write"/> and <see cref="Offer"/> are called inside the session's gate, <see cref="Tick"/> by one task.
/// </summary>
internal sealed class Journal : IDisposable
{
    /// <summary>A buffer that grew beyond this for long lines is given back.</summary>
    private const int KeptBuffer = 1024 * 1024;

    private readonly object gate = new();
    private readonly JournalStore store;
    private readonly Hello hello;
    private readonly string folder;
    private readonly FileStream lockFile;
    private readonly Watermark watermark;
    private ArrayBufferWriter<byte> added = new();
    private FileStream? file;
    private long segment;
    private long segmentBytes;

    /// <summary>Of closed segments and the open one.</summary>
    private long bytes;

    /// <summary>Of the lines that came since the last state.</summary>
    private long bytesWithoutState;

    private long stateBytes;
    private State? offered;
    private long position;
    private long checkpoint;
    private long last;
    private bool finishing;
    private bool gone;
    private long failedAt;
    private bool tickFailed;

    /// <param name="Replaces">Bytes of lines.</param>
    private sealed record State(long Segment, long Position, long Replaces, byte[] Line);

    /// <summary>Begins one, or takes up the one that is there.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public Journal(JournalStore store, Hello hello, string folder)
    {
        this.store = store;
        this.hello = hello;
        this.folder = folder;
        lockFile = PrivateFiles.Open(Path.Combine(folder, NumberedFolder.Lock), FileMode.OpenOrCreate, FileShare.ReadWrite);
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
            lockFile.Lock(0, 1);
        foreach (var left in Directory.EnumerateFiles(folder, "*.tmp"))
            File.Delete(left);
        SettledBefore = checkpoint = JournalFolder.ReadCheckpoint(folder);
        watermark = new Watermark(checkpoint);
    }

    /// <summary>What is added is on disk before it is acknowledged.</summary>
    public bool IsWorking { get; private set; } = true;

    /// <summary>The position up to which all spans were settled when it was opened.</summary>
    public long SettledBefore { get; }

    /// <summary>Nothing was written for so long, when it was taken up, that its driver will not come back.</summary>
    public bool IsOld { get; private set; }

    /// <summary>
    /// What is to be read of it, in order: from its last state on. The last line, if it was cut by a kill, is taken away.
    /// </summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public IReadOnlyList<string> TakeUp()
    {
        var segments = JournalFolder.Segments(folder);
        var first = Math.Max(0, segments.FindLastIndex(one => BeginsWithState(one.Path)));
        foreach (var (_, path) in segments.Take(first))
            File.Delete(path);
        segments.RemoveRange(0, first);
        if (segments.Count == 0)
            return [];
        segment = segments[^1].Number;
        IsOld = store.Time.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(segments[^1].Path) > store.Options.KeepClosed;
        CutTornLine(segments[^1].Path);
        bytes = bytesWithoutState = segments.Sum(one => new FileInfo(one.Path).Length);
        store.Add(bytes);
        return [.. segments.Select(one => one.Path)];
    }

    /// <summary>A line, without its end, for the next <see cref="Write"/>.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        if (!IsWorking)
            return;
        added.Write(line);
        added.Write("\n"u8);
    }

    /// <summary>Writes what was added, in one call. The position is that of the last line.</summary>
    /// <returns>The session's state is wanted, see <see cref="Offer"/>.</returns>
    public bool Write(long newPosition, long lastSequence)
    {
        lock (gate)
        {
            position = newPosition;
            last = lastSequence;
        }
        if (added.WrittenCount > 0)
        {
            Append(added.WrittenSpan);
            if (added.Capacity > KeptBuffer)
                added = new ArrayBufferWriter<byte>();
            else
                added.ResetWrittenCount();
        }
        if (gone)
            return false;
        if (!IsWorking)
            return store.Time.GetElapsedTime(failedAt) >= store.Options.RetryAfter;
        if (segmentBytes < store.Options.SegmentBytes)
            return false;
        CloseSegment();
        lock (gate)
            return offered is null && bytesWithoutState >= 2 * stateBytes;
    }

    /// <summary>
    /// The state that all lines so far have left, as a line with its end. It takes their place once all their spans are settled; where
    /// lines are missing because they could not be written, at once.
    /// </summary>
    public void Offer(byte[] line, long statePosition)
    {
        stateBytes = line.Length;
        if (line.Length > store.Options.MaxStateBytes)
        {
            failedAt = store.Time.GetTimestamp();
            return;
        }
        if (!IsWorking)
        {
            ComeBack(line);
            return;
        }
        lock (gate)
            offered = new State(segment, statePosition, Interlocked.Read(ref bytesWithoutState), line);
    }

    /// <summary>Spans were taken that lines up to the position have made; answers what says that they are settled.</summary>
    public Action? Taken(long takenPosition, bool any)
    {
        if (any)
            return watermark.Take(takenPosition);
        watermark.Reach(takenPosition);
        return null;
    }

    /// <summary>Nothing more is expected: it goes once all is settled.</summary>
    public void Finish()
    {
        lock (gate)
            finishing = true;
    }

    /// <summary>It was not taken up to its end: it stays as it is, for the next bridge.</summary>
    public void Abandon()
    {
        lock (gate)
        {
            gone = true;
            IsWorking = false;
        }
    }

    /// <summary>The driver is back.</summary>
    public void GoOn()
    {
        lock (gate)
        {
            finishing = false;
            IsWorking &= !gone;
        }
    }

    /// <summary>From time to time: says how far all is settled, and lets go of what is.</summary>
    /// <returns>False when it is gone.</returns>
    public bool Tick()
    {
        lock (gate)
        {
            if (gone)
                return true;
        }
        try
        {
            var settled = watermark.Value;
            if (settled > checkpoint)
            {
                JournalFolder.WriteCheckpoint(folder, settled);
                checkpoint = settled;
            }
            Compact(settled);
            lock (gate)
            {
                if (!finishing || settled < position)
                    return true;
                gone = true;
            }
            Remove();
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!tickFailed)
                store.Notice($"{folder} cannot be kept up: {e.Message}");
            tickFailed = true;
            return true;
        }
    }

    public void Dispose()
    {
        file?.Dispose();
        lockFile.Dispose();
    }

    private void Append(ReadOnlySpan<byte> content)
    {
        if (!IsWorking)
            return;
        if (!store.TryAdd(content.Length))
        {
            Fail(string.Create(CultureInfo.InvariantCulture, $"the journals have reached their bound of {store.Options.MaxBytes >> 20} MiB"));
            return;
        }
        try
        {
            file ??= PrivateFiles.Open(JournalFolder.Segment(folder, ++segment), FileMode.Create, FileShare.Read);
            file.Write(content);
            segmentBytes += content.Length;
            Interlocked.Add(ref bytes, content.Length);
            Interlocked.Add(ref bytesWithoutState, content.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            store.Add(-content.Length);
            CutBack();
            Fail(e.Message);
        }
    }

    /// <summary>A part of what could not be written must not be taken for a line.</summary>
    private void CutBack()
    {
        try
        {
            file?.SetLength(segmentBytes);
        }
        catch (IOException)
        {
            // The next one who reads it cuts the torn line off.
        }
    }

    private void Fail(string why)
    {
        CloseSegment();
        failedAt = store.Time.GetTimestamp();
        IsWorking = false;
        store.Failed($"{hello.AppName ?? hello.Session}: the journal in {folder} cannot be written ({why}); the bridge works from memory: "
            + "killed, it loses what is open. It tries again");
    }

    private void CloseSegment()
    {
        file?.Dispose();
        file = null;
        segmentBytes = 0;
    }

    /// <summary>The state is the beginning of a new journal; what there was before has a gap.</summary>
    private void ComeBack(byte[] line)
    {
        var before = JournalFolder.Segments(folder);
        IsWorking = true;
        Append(line);
        if (!IsWorking)
            return;
        var freed = bytes - line.Length;
        foreach (var (_, path) in before)
            File.Delete(path);
        bytes = line.Length;
        bytesWithoutState = 0;
        store.Add(-freed);
        lock (gate)
            offered = null;
        store.Notice($"{hello.AppName ?? hello.Session}: the journal in {folder} can be written again");
    }

    private void Compact(long settled)
    {
        State? state;
        lock (gate)
        {
            state = offered;
            if (state is null || state.Position > settled)
                return;
        }
        var replaced = JournalFolder.Segments(folder).Where(one => one.Number <= state.Segment).ToList();
        var freed = replaced.Sum(one => new FileInfo(one.Path).Length);
        JournalFolder.WriteAtomic(JournalFolder.Segment(folder, state.Segment), state.Line);
        foreach (var (number, path) in replaced)
        {
            if (number < state.Segment)
                File.Delete(path);
        }
        store.Add(state.Line.Length - freed);
        lock (gate)
        {
            Interlocked.Add(ref bytes, state.Line.Length - freed);
            Interlocked.Add(ref bytesWithoutState, -state.Replaces);
            offered = null;
        }
    }

    private void Remove()
    {
        store.Remember(hello, last);
        Dispose();
        IsWorking = false;
        Directory.Delete(folder, recursive: true);
        store.Add(-bytes);
    }

    private static bool BeginsWithState(string path)
    {
        Span<byte> head = stackalloc byte[80];
        using var file = PrivateFiles.Open(path, FileMode.Open, FileShare.Read);
        return head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)].IndexOf("\"SparkObsState\""u8) >= 0;
    }

    private static void CutTornLine(string path)
    {
        using var file = PrivateFiles.Open(path, FileMode.Open, FileShare.Read);
        var buffer = new byte[64 * 1024];
        for (var end = file.Length; end > 0;)
        {
            var from = Math.Max(0, end - buffer.Length);
            var part = buffer.AsSpan(0, (int)(end - from));
            file.Position = from;
            file.ReadExactly(part);
            if (part.LastIndexOf((byte)'\n') is >= 0 and var at)
            {
                file.SetLength(from + at + 1);
                return;
            }
            end = from;
        }
        file.SetLength(0);
    }
}
