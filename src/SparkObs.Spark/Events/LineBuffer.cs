using System.Buffers;

namespace SparkObs.Spark.Events;

/// <summary>Cuts text into lines without copying them.</summary>
/// <param name="maxLine">Bytes of the longest line that is kept whole.</param>
/// <param name="size">Bytes at first; grows with the lines.</param>
internal sealed class LineBuffer(int maxLine = LineBuffer.MaxLine, int size = 256 * 1024) : IDisposable
{
    /// <summary>Spark's longest lines seen are 90 KB, plans of large queries a few MiB: what is longer than this is no event.</summary>
    public const int MaxLine = 64 * 1024 * 1024;

    /// <summary>What is kept of a line that is too long: enough to tell which one it was.</summary>
    private const int KeptOfTooLong = 64;

    private byte[] buffer = ArrayPool<byte>.Shared.Rent(size);
    private int start;
    private int end;

    /// <summary>Up to where no line end was found.</summary>
    private int searched;

    /// <summary>The line is longer than the longest, and only its first bytes are kept.</summary>
    private bool tooLong;

    /// <summary>Where to put more text: never empty.</summary>
    public Memory<byte> Free()
    {
        if (start > 0)
            MoveTo(buffer);
        if (end == buffer.Length)
        {
            if (buffer.Length >= maxLine)
            {
                tooLong = true;
                end = searched = KeptOfTooLong;
            }
            else
            {
                Grow(buffer.Length * 2);
            }
        }

        return buffer.AsMemory(end);
    }

    /// <summary>Makes it at least so large.</summary>
    public void Grow(int atLeast)
    {
        if (buffer.Length >= atLeast)
            return;
        var longer = ArrayPool<byte>.Shared.Rent(atLeast);
        MoveTo(longer);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = longer;
    }

    /// <summary>Bytes that are not yet taken.</summary>
    public int Length => end - start;

    /// <summary>So many bytes have been put.</summary>
    public void Added(int count) => end += count;

    /// <summary>The next whole line, without its end; <paramref name="cut"/> if it was too long to be kept: then its first bytes are right.</summary>
    public bool TryTake(out ReadOnlySpan<byte> line, out bool cut)
    {
        line = default;
        cut = false;
        var length = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
        if (length < 0)
        {
            searched = end;
            return false;
        }

        var lineEnd = searched + length;
        line = buffer.AsSpan(start, lineEnd - start);
        cut = tooLong;
        tooLong = false;
        start = searched = lineEnd + 1;
        return true;
    }

    /// <summary>What stands after the last line end, if anything does.</summary>
    public bool TryTakeRest(out ReadOnlySpan<byte> line, out bool cut)
    {
        line = buffer.AsSpan(start, end - start);
        cut = tooLong;
        var any = cut || line.Length > 0;
        start = end = searched = 0;
        tooLong = false;
        return any;
    }

    private void MoveTo(byte[] target)
    {
        buffer.AsSpan(start, end - start).CopyTo(target);
        end -= start;
        searched -= start;
        start = 0;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        start = end = searched = 0;
    }
}
