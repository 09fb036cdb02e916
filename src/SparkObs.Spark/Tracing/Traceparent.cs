namespace SparkObs.Spark.Tracing;

/// <summary>A caller's span, from a W3C <c>traceparent</c>.</summary>
internal readonly record struct Traceparent(TraceId Trace, SpanId Span, bool Sampled)
{
    /// <summary>
    /// Reads <c>version-traceid-parentid-flags</c> (W3C Trace Context, section 3.2): version 00 has nothing after the flags,
    /// a later one may have more behind a dash, ff is invalid.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Traceparent parent)
    {
        const int Length = 55;
        parent = default;
        if (text.Length < Length || text[2] != '-' || text[35] != '-' || text[52] != '-')
            return false;
        if (!LowerHex.TryParse(text[..2], out var version) || version == 0xff)
            return false;
        if (text.Length > Length && (version == 0 || text[Length] != '-'))
            return false;
        if (!TraceId.TryParse(text[3..35], out var trace) || !SpanId.TryParse(text[36..52], out var span)
            || !LowerHex.TryParse(text[53..55], out var flags))
            return false;
        parent = new Traceparent(trace, span, (flags & 1) != 0);
        return true;
    }
}
