using System.Text.Json;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Bridge;

/// <summary>
/// The folder that a driver left: <c>lock</c>, which it held while it lived, <c>session.json</c>, its hello, and its lines in
/// <c>spool-000001.jsonl</c> and so on. While it is open here it is locked, for drivers and other bridges, and a bridge that is killed
/// leaves the lock to the next one.
/// </summary>
internal sealed class DeadSpool : IDisposable
{
    private readonly FileStream held;

    private DeadSpool(string path, FileStream held)
    {
        Path = path;
        this.held = held;
    }

    public string Path { get; }

    /// <summary>When anything in it was last written.</summary>
    public static DateTime TouchedUtc(string path)
    {
        var folder = new DirectoryInfo(path);
        return folder.EnumerateFiles().Select(file => file.LastWriteTimeUtc).Append(folder.LastWriteTimeUtc).Max();
    }

    /// <exception cref="UnauthorizedAccessException">It is somebody else's, and who knows.</exception>
    public static bool IsSpool(string path) => Directory.EnumerateFiles(path, NumberedFolder.Hello).Any();

    /// <summary>Null when its driver lives, or another bridge has it.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It is somebody else's.</exception>
    public static DeadSpool? TryOpen(string path)
    {
        FileStream held;
        try
        {
            // Not shared: what keeps other bridges away, also those of this process. The range keeps the driver's JVM away.
            held = new FileStream(System.IO.Path.Combine(path, NumberedFolder.Lock), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException))
        {
            return null;
        }
        if (TryLock(held))
            return new DeadSpool(path, held);
        held.Dispose();
        return null;
    }

    /// <summary>The driver had everything acknowledged, and was not left the time to tidy up.</summary>
    public bool IsEmpty => Files().All(path => new FileInfo(path).Length == 0);

    /// <summary>As the driver would say it, but for the first number: that of the first line that is there.</summary>
    /// <exception cref="BridgeException">It holds no spool that can be read.</exception>
    public Hello ReadHello()
    {
        using var file = Open(System.IO.Path.Combine(Path, NumberedFolder.Hello));
        var text = new byte[Handshake.MaxHello];
        var length = file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        try
        {
            return Handshake.ReadSpooled(text.AsSpan(0, length)) with { FirstSequence = ReadFirstSequence() };
        }
        catch (Exception e) when (e is JsonException or HelloRefusedException)
        {
            throw new BridgeException($"{NumberedFolder.Hello} is no hello of a driver", e);
        }
    }

    /// <summary>Gives the buffer's whole lines, again and again, until all are read. A line that was cut by the driver's end is left out.</summary>
    public async Task ReadAsync(Func<LineBuffer, int, Task> handle, CancellationToken cancellationToken)
    {
        foreach (var path in Files())
        {
            var file = Open(path);
            await using var _ = file.ConfigureAwait(false);
            using var lines = new LineBuffer(BridgeConnection.MaxLine);
            while (await file.ReadAsync(lines.Free(), cancellationToken).ConfigureAwait(false) is > 0 and var read)
            {
                lines.Added(read);
                await handle(lines, read).ConfigureAwait(false);
            }
        }
    }

    /// <summary>All that was in it is where it should be.</summary>
    public void Delete() => Directory.Delete(Path, recursive: true);

    public void Dispose() => held.Dispose();

    private long ReadFirstSequence()
    {
        // Longer than the field that numbers a line.
        var start = new byte[64];
        foreach (var path in Files())
        {
            using var file = Open(path);
            var length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            if (SequencedLine.TryRead(start.AsSpan(0, length), out var sequence, out _))
                return sequence;
        }
        return 1;
    }

    private List<string> Files() => NumberedFolder.Files(Path, NumberedFolder.Spool);

    private static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);

    private static bool TryLock(FileStream file)
    {
        if (OperatingSystem.IsMacOS())
            return true;
        try
        {
            file.Lock(0, 1);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
