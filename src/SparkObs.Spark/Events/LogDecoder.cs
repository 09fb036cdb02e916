using System.Buffers;

namespace SparkObs.Spark.Events;

/// <summary>A log's text, decoded block by block. Its source may still grow below it: nothing is read ahead of what it gives.</summary>
internal abstract class LogDecoder(LogInput input) : IDisposable
{
    /// <summary>The largest block of lz4-java, the format with the largest; a block that claims more is corrupt.</summary>
    protected const int MaxBlock = 32 * 1024 * 1024;

    private byte[] block = [];
    private int start;
    private int end;

    protected LogInput Input => input;

    /// <summary>The next bytes of text, or 0 at the end.</summary>
    /// <exception cref="LogDamagedException">The log is cut off or corrupt here.</exception>
    public virtual async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (start == end)
        {
            start = end = 0;
            if (!await NextBlockAsync(cancellationToken).ConfigureAwait(false))
                return 0;
        }

        var count = Math.Min(destination.Length, end - start);
        block.AsSpan(start, count).CopyTo(destination.Span);
        start += count;
        return count;
    }

    /// <summary>Decodes one block into <see cref="Block"/>, which may be empty; false at the end.</summary>
    protected abstract ValueTask<bool> NextBlockAsync(CancellationToken cancellationToken);

    /// <summary>Room for the next block, all of which is then text.</summary>
    protected Span<byte> Block(int length)
    {
        if (block.Length < length)
        {
            ArrayPool<byte>.Shared.Return(block);
            block = ArrayPool<byte>.Shared.Rent(length);
        }

        start = 0;
        end = length;
        return block.AsSpan(0, length);
    }

    /// <summary>Gives up the block just begun.</summary>
    protected LogDamagedException Damaged(string problem)
    {
        start = end = 0;
        return new LogDamagedException(problem, input.Position);
    }

    public virtual void Dispose()
    {
        ArrayPool<byte>.Shared.Return(block);
        block = [];
        input.Dispose();
    }
}
