using System.Buffers;

namespace SparkObs.Spark.Export;

/// <summary>
/// An ExportTraceServiceRequest in a pooled buffer, or one of logs, with log records where spans are named. Its spans are the last thing in it, one after the other, so that a part of
/// them is a request again: the same beginning, fewer spans.
/// </summary>
/// <param name="Buffer">The pooled array.</param>
/// <param name="Length">Bytes used of it.</param>
/// <param name="ResourceSpansStart">Where the one ResourceSpans starts; its length stands before it.</param>
/// <param name="ScopeSpansStart">Where the one ScopeSpans starts; its length stands before it.</param>
/// <param name="SpansStart">Where the first span's tag is.</param>
/// <param name="SpanCount">How many spans it has.</param>
internal sealed record EncodedRequest(
    byte[] Buffer, int Length, int ResourceSpansStart, int ScopeSpansStart, int SpansStart, int SpanCount)
{
    public ReadOnlyMemory<byte> Memory => Buffer.AsMemory(0, Length);

    /// <summary>Two requests with half of the spans each, in buffers of their own. Needs two spans or more.</summary>
    public (EncodedRequest First, EncodedRequest Second) Halve()
    {
        var half = SpanCount / 2;
        var middle = SpansStart;
        for (var i = 0; i < half; i++)
            middle += SizeOfSpanAt(middle);
        return (Part(SpansStart, middle, half), Part(middle, Length, SpanCount - half));
    }

    /// <summary>Gives the buffer back; the request must not be touched afterwards.</summary>
    public void Return() => ArrayPool<byte>.Shared.Return(Buffer);

    private EncodedRequest Part(int from, int to, int spans)
    {
        var length = SpansStart + to - from;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        Buffer.AsSpan(0, SpansStart).CopyTo(buffer);
        Buffer.AsSpan(from, to - from).CopyTo(buffer.AsSpan(SpansStart));
        Protobuf.FillLength(buffer, ResourceSpansStart, length);
        Protobuf.FillLength(buffer, ScopeSpansStart, length);
        return this with { Buffer = buffer, Length = length, SpanCount = spans };
    }

    private int SizeOfSpanAt(int position)
    {
        var length = Buffer.AsSpan(position + 1, Protobuf.ReservedLength);
        return 1 + Protobuf.ReservedLength + (length[0] & 0x7f | (length[1] & 0x7f) << 7 | (length[2] & 0x7f) << 14 | length[3] << 21);
    }
}
