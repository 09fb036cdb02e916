using System.Diagnostics;

namespace SparkObs.Spark.Tracing;

/// <summary>Ids as System.Diagnostics has them, and back.</summary>
internal static class ActivityIdForms
{
    public static ActivityTraceId ToActivity(this TraceId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.WriteTo(bytes);
        return ActivityTraceId.CreateFromBytes(bytes);
    }

    public static ActivitySpanId ToActivity(this SpanId id)
    {
        Span<byte> bytes = stackalloc byte[8];
        id.WriteTo(bytes);
        return ActivitySpanId.CreateFromBytes(bytes);
    }

    public static TraceId ToTraceId(this ActivityTraceId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.CopyTo(bytes);
        return TraceId.FromBytes(bytes);
    }

    public static SpanId ToSpanId(this ActivitySpanId id)
    {
        Span<byte> bytes = stackalloc byte[8];
        id.CopyTo(bytes);
        return SpanId.FromBytes(bytes);
    }
}
