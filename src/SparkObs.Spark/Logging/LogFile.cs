using System.Globalization;

namespace SparkObs.Spark.Logging;

/// <summary>
/// A file that is put aside when it is large (<c>name-000001.ext</c>), with a bound on how many there are. Whole lines only: what a full
/// disk cuts off is cut away. Written here and not by Serilog.Sinks.File, whose stream writer keeps what it could not write and leaves
/// torn lines.
/// </summary>
internal sealed class LogFile : ILineTarget
{
    private readonly string path, folder, stem, extension;
    private readonly long maxBytes;
    private readonly int maxFiles;
    private FileStream? stream;
    private long length;

    /// <param name="path">The current file.</param>
    /// <param name="maxBytes">Beyond it no line is written to one file, but at least one.</param>
    /// <param name="maxFiles">The current one included.</param>
    public LogFile(string path, long maxBytes, int maxFiles)
    {
        this.path = Path.GetFullPath(path);
        this.maxBytes = maxBytes;
        this.maxFiles = maxFiles;
        folder = Path.GetDirectoryName(this.path)!;
        stem = Path.GetFileNameWithoutExtension(this.path);
        extension = Path.GetExtension(this.path);
    }

    public string Display => path;

    public int Write(ReadOnlySpan<byte> lines)
    {
        stream ??= Open();
        var part = Part(lines, maxBytes - length);
        if (part == 0 && length > 0)
        {
            Roll();
            stream = Open();
            part = Part(lines, maxBytes);
        }
        // One line that is larger than a file is a file.
        if (part == 0)
            part = lines.IndexOf((byte)'\n') + 1;
        Append(lines[..part]);
        return part;
    }

    public void Dispose() => stream?.Dispose();

    /// <summary>How much of it are whole lines of so many bytes at most.</summary>
    private static int Part(ReadOnlySpan<byte> lines, long bytes) =>
        lines.Length <= bytes ? lines.Length : lines[..(int)Math.Max(0, bytes)].LastIndexOf((byte)'\n') + 1;

    private void Append(ReadOnlySpan<byte> lines)
    {
        try
        {
            stream!.Write(lines);
            length += lines.Length;
        }
        catch (IOException)
        {
            TakeBack();
            throw;
        }
    }

    private void TakeBack()
    {
        try
        {
            stream!.SetLength(length);
            stream.Position = length;
        }
        catch (IOException)
        {
            // Opened again, it is cut at the last whole line.
            stream!.Dispose();
            stream = null;
        }
    }

    private FileStream Open()
    {
        Directory.CreateDirectory(folder);
        // No buffer: what Write returned from is the operating system's.
        var opened = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None, bufferSize: 0);
        try
        {
            length = WholeLines(opened);
            opened.SetLength(length);
            opened.Position = length;
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>A process that was killed may have left a torn line.</summary>
    private static long WholeLines(FileStream file)
    {
        Span<byte> block = stackalloc byte[4096];
        for (var end = file.Length; end > 0;)
        {
            var start = Math.Max(0, end - block.Length);
            file.Position = start;
            file.ReadExactly(block[..(int)(end - start)]);
            if (block[..(int)(end - start)].LastIndexOf((byte)'\n') is >= 0 and var at)
                return start + at + 1;
            end = start;
        }
        return 0;
    }

    private void Roll()
    {
        var aside = Aside();
        stream!.Dispose();
        stream = null;
        File.Move(path, Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{stem}-{(aside.Count == 0 ? 1 : aside[^1].Number + 1):000000}{extension}")));
        // One aside is new, and one becomes the current one.
        foreach (var old in aside.SkipLast(maxFiles - 2))
            File.Delete(old.Path);
    }

    /// <summary>The files that were put aside, oldest first.</summary>
    private List<(long Number, string Path)> Aside()
    {
        var found = new List<(long Number, string Path)>();
        foreach (var file in Directory.EnumerateFiles(folder, $"{stem}-*{extension}"))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(file.AsSpan())[(stem.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                found.Add((number, file));
        }
        found.Sort();
        return found;
    }
}
