using System.Text;
using Serilog.Events;

namespace SparkObs.Spark.Logging;

/// <summary>The lines of events, one after the other, in UTF-8. Used by one thread at a time.</summary>
internal sealed class ClefLines(LogResource resource)
{
    /// <summary>What one long line needed is not kept for ever.</summary>
    private const int KeptBytes = 256 * 1024;

    private readonly SparkObsLogFormatter formatter = new(resource);
    private char[] chars = new char[1024];
    private byte[] bytes = new byte[64 * 1024];
    private int length;

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, length);

    public void Clear()
    {
        length = Count = 0;
        if (bytes.Length > KeptBytes)
            (chars, bytes) = (new char[1024], new byte[64 * 1024]);
    }

    /// <summary>Adds the event's line.</summary>
    /// <exception cref="Exception">Whatever a value's own code throws. Nothing was added then.</exception>
    public void Add(LogEvent e)
    {
        var line = formatter.Line(e);
        if (chars.Length < line.Length)
            chars = new char[Math.Max(line.Length, 2 * chars.Length)];
        // In one piece: a surrogate pair may lie across the builder's chunks.
        line.CopyTo(0, chars, line.Length);
        var most = Encoding.UTF8.GetMaxByteCount(line.Length);
        if (bytes.Length - length < most)
            Array.Resize(ref bytes, Math.Max(length + most, 2 * bytes.Length));
        length += Encoding.UTF8.GetBytes(chars.AsSpan(0, line.Length), bytes.AsSpan(length));
        Count++;
    }
}
