using System.Buffers;

namespace SparkObs.Spark.Events;

/// <summary>Cuts text into lines without copying them.</summary>
internal sealed class LineBuffer : IDisposable
{
    /// <summary>Spark's longest lines seen are 90 KB, plans of large queries a few MiB: what is longer than this is no event.</summary>
    public const int MaxLine = 64 * 1024 * 1024;

    private byte[] buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
    private int start;
    private int end;

    /// <summary>Up to where no line end was found.</summary>
    private int searched;

    /// <summary>The line's begin was longer than <see cref="MaxLine"/> and is dropped.</summary>
    private bool tooLong;

    /// <summary>Where to put more text: never empty.</summary>
    public Memory<byte> Free()
    {
        if (start > 0)
            MoveTo(buffer);
        if (end == buffer.Length)
        {
            if (buffer.Length >= MaxLine)
            {
                tooLong = true;
                end = searched = 0;
            }
            else
            {
                var longer = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                MoveTo(longer);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = longer;
            }
        }

        return buffer.AsMemory(end);
    }

    /// <summary>So many bytes have been put.</summary>
    public void Added(int count) => end += count;

    /// <summary>The next whole line, without its end; <paramref name="cut"/> if it was too long to be kept.</summary>
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
