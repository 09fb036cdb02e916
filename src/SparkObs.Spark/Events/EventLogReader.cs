using System.Text.Json;

namespace SparkObs.Spark.Events;

/// <summary>Reads an event log from its first line to its last. The counters may be read from other threads.</summary>
/// <param name="log">Which log.</param>
/// <param name="follow">Whether to wait for more as long as the log is in progress.</param>
internal sealed class EventLogReader(EventLog log, bool follow = false)
{
    private readonly EventReader reader = new();
    private long bytesRead;
    private long textBytes;
    private long lines;
    private long unreadableLines;
    private volatile string? truncated;

    private long lastNumber;
    private long missing;

    private string fileName = "";
    private long linesOfEarlierFiles;

    /// <summary>Bytes read of the files as they are stored.</summary>
    public long BytesRead => Volatile.Read(ref bytesRead);

    /// <summary>The files' size, or null where it is not known or grows.</summary>
    public long? TotalBytes { get; } = follow || log.Input is not null ? null : log.Files.Sum(f => new FileInfo(f) is { Exists: true } i ? i.Length : 0);

    /// <summary>Bytes of text after decompression.</summary>
    public long TextBytes => Volatile.Read(ref textBytes);

    public long Lines => Volatile.Read(ref lines);

    public long UnreadableLines => Volatile.Read(ref unreadableLines);

    /// <summary>Of a numbered log: lines that are not there, or that its writer refused.</summary>
    public long MissingLines => Volatile.Read(ref missing);

    /// <summary>Of a numbered log: what stood before is gone as it was settled; its first line tells what it has left.</summary>
    public bool BeginsWithState { get; private set; }

    /// <summary>Which files could not be read to their end, where and why; null if all could.</summary>
    public string? Truncated => truncated;

    /// <exception cref="EventLogException">A file cannot be opened or read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; all events so far have been handed on.</exception>
    public async Task ReadAsync(IEventHandler handler, CancellationToken cancellationToken)
    {
        using var buffer = new LineBuffer();
        if (log.Input is { } input)
        {
            await ReadFileAsync(log.Path, input, mayGrow: null, buffer, handler, cancellationToken).ConfigureAwait(false);
            return;
        }

        foreach (var file in log.Files)
            await ReadFileAsync(file, buffer, handler, cancellationToken).ConfigureAwait(false);
        if (!follow || log.Folder is null || log.Files.Count == 0)
            return;
        for (var last = log.Files[^1]; NextFile(log.Folder, last) is { } next; last = next)
            await ReadFileAsync(next, buffer, handler, cancellationToken).ConfigureAwait(false);
    }

    private static string? NextFile(string folder, string file)
    {
        try
        {
            return RollingFolder.Next(folder, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EventLogException($"{folder} cannot be read: {e.Message}", e);
        }
    }

    private Task ReadFileAsync(string file, LineBuffer buffer, IEventHandler handler, CancellationToken cancellationToken) =>
        ReadFileAsync(file, LogFileStream.Open(file), MayGrow(file), buffer, handler, cancellationToken);

    private Func<bool>? MayGrow(string file)
    {
        if (!follow || !log.InProgress || log.IsNumbered)
            return null;
        return log.Folder is { } folder
            ? () => RollingFolder.IsInProgress(folder) && RollingFolder.Next(folder, file) is null
            : () => File.Exists(file);
    }

    private async Task ReadFileAsync(
        string name, Stream stream, Func<bool>? mayGrow, LineBuffer buffer, IEventHandler handler, CancellationToken cancellationToken)
    {
        fileName = Path.GetFileName(name);
        linesOfEarlierFiles = lines;
        var counted = new LogFileStream(name, stream, mayGrow, n => Volatile.Write(ref bytesRead, bytesRead + n));
        using var decoder = await LogCodec.OpenAsync(counted, cancellationToken).ConfigureAwait(false);
        try
        {
            int read;
            while ((read = await decoder.ReadAsync(buffer.Free(), cancellationToken).ConfigureAwait(false)) > 0)
            {
                buffer.Added(read);
                Volatile.Write(ref textBytes, textBytes + read);
                HandleLines(buffer, handler);
                await handler.OnPauseAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (LogDamagedException e)
        {
            var problem = $"{fileName}: {e.Message}";
            truncated = truncated is null ? problem : $"{truncated}; {problem}";
        }

        // Spark begins a new file at a line's end only, so what is left is a line, whole or cut.
        if (buffer.TryTakeRest(out var rest, out var cut))
            Handle(rest, cut, handler);
        await handler.OnPauseAsync(cancellationToken).ConfigureAwait(false);
    }

    private void HandleLines(LineBuffer buffer, IEventHandler handler)
    {
        while (buffer.TryTake(out var line, out var cut))
            Handle(line, cut, handler);
    }

    private void Handle(ReadOnlySpan<byte> line, bool cut, IEventHandler handler)
    {
        Volatile.Write(ref lines, lines + 1);
        if (!cut && IsBlank(line))
            return;
        if (cut)
            Unreadable($"longer than {LineBuffer.MaxLine >> 20} MiB", handler);
        else if (log.IsNumbered && IsOfJournal(line, handler))
            return;
        else if (reader.Read(line, out var e) is var outcome && outcome == LineOutcome.Event)
            handler.OnEvent(e!);
        else if (outcome == LineOutcome.Unreadable)
            Unreadable(reader.Problem!, handler);
    }

    /// <summary>Counts the line's number; hands on what only a journal has, and answers whether it was that.</summary>
    private bool IsOfJournal(ReadOnlySpan<byte> line, IEventHandler handler)
    {
        if (!SequencedLine.TryRead(line, out var number, out var isOwn))
            return false;
        try
        {
            var own = isOwn ? JournalEventsReader.Read(line) : null;
            if (own is JournalState)
            {
                // Whatever stood before is in it.
                missing = 0;
                BeginsWithState = true;
            }
            else if (number > lastNumber)
            {
                Volatile.Write(ref missing, missing + number - lastNumber - 1);
            }
            lastNumber = number;
            if (own is JournalRefused)
                Volatile.Write(ref missing, missing + 1);
            else if (own is not null)
                handler.OnEvent(own);
            return own is not null;
        }
        catch (JsonException e)
        {
            Unreadable(e.Message, handler);
            return true;
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) =>
        line.IsEmpty || (line[0] <= (byte)' ' && line.TrimStart(" \t\r"u8).IsEmpty);

    private void Unreadable(string problem, IEventHandler handler)
    {
        Volatile.Write(ref unreadableLines, unreadableLines + 1);
        handler.OnUnreadable(lines, $"{fileName}, line {lines - linesOfEarlierFiles}: {problem}");
    }
}
