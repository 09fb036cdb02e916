using System.Buffers;

namespace SparkObs.Spark.Export;

/// <summary>A pooled array that grows by capacity checks.</summary>
internal struct PooledBuffer(int capacity)
{
    public byte[] Bytes { get; private set; } = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>Makes room for <paramref name="more"/> bytes after the first <paramref name="used"/>, which are kept.</summary>
    public void Ensure(int used, int more)
    {
        if (Bytes.Length - used < more)
            Grow(used, more);
    }

    public void Return()
    {
        ArrayPool<byte>.Shared.Return(Bytes);
        Bytes = [];
    }

    private void Grow(int used, int more)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(2L * Bytes.Length, (long)used + more)));
        Bytes.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(Bytes);
        Bytes = larger;
    }
}
