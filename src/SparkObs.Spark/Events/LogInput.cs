using System.Buffers;

namespace SparkObs.Spark.Events;

/// <summary>The bytes of a log as they are stored, as much at a time as a decoder wants to see at once.</summary>
internal sealed class LogInput(Stream stream) : IDisposable
{
    /// <summary>A read's size: zstd's largest block.</summary>
    private const int ReadSize = 128 * 1024;

    private byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
    private int start;
    private int end;

    /// <summary>How many bytes have been taken.</summary>
    public long Position { get; private set; }

    public ReadOnlySpan<byte> Buffered => buffer.AsSpan(start, end - start);

    /// <summary>Reads until <paramref name="count"/> bytes are buffered; false if the stream ends before.</summary>
    public async ValueTask<bool> HasAsync(int count, CancellationToken cancellationToken)
    {
        while (end - start < count)
        {
            MakeRoom(count);
            var read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                return false;
            end += read;
        }

        return true;
    }

    public void Take(int count)
    {
        start += count;
        Position += count;
    }

    private void MakeRoom(int count)
    {
        if (start == end)
            start = end = 0;
        if (count <= buffer.Length - start)
            return;
        var target = buffer.Length >= count ? buffer : ArrayPool<byte>.Shared.Rent(count);
        Buffered.CopyTo(target);
        if (target != buffer)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = target;
        end -= start;
        start = 0;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        start = end = 0;
        stream.Dispose();
    }
}
