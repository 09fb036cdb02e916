using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Export;

/// <summary>
/// Upper bounds of what a span takes when encoded: a buffer is grown once a span, and the encoders write without further checks.
/// The constants hold for the longer of the two encodings, JSON, and are counted in its text.
/// </summary>
internal static class EncodedSize
{
    /// <summary>Bytes that one char may become in protobuf: UTF-8.</summary>
    public const int ProtobufChar = 3;

    /// <summary>Bytes that one char may become in JSON: \u0000.</summary>
    public const int JsonChar = 6;

    private const int Span = 512, EventOrLink = 160, Attribute = 96, Element = 48;

    public static int Of(SpanBatch batch, in SpanRecord span, int perChar)
    {
        long size = Span + (long)perChar * (span.Name.Length + (span.StatusMessage?.Length ?? 0));
        size += Of(batch.Attributes(span), perChar);
        foreach (ref readonly var e in batch.Events(span))
            size += EventOrLink + (long)perChar * e.Name.Length + Of(batch.Attributes(e), perChar);
        foreach (ref readonly var link in batch.Links(span))
            size += EventOrLink + Of(batch.Attributes(link), perChar);
        return checked((int)size);
    }

    /// <summary>Bound of a request's or line's beginning: resource and scope.</summary>
    public static int Of(SpanResource resource, int perChar)
    {
        long size = Span;
        foreach (var attribute in resource.Attributes)
            size += Of(attribute, perChar);
        return checked((int)size);
    }

    private static long Of(ReadOnlySpan<SpanAttribute> attributes, int perChar)
    {
        long size = 0;
        foreach (ref readonly var attribute in attributes)
            size += Of(attribute, perChar);
        return size;
    }

    private static long Of(in SpanAttribute attribute, int perChar)
    {
        var size = Attribute + (long)perChar * attribute.Key.Utf8.Length;
        switch (attribute.Type)
        {
            case AttributeType.String:
                size += (long)perChar * attribute.AsString.Length;
                break;
            case AttributeType.IntArray:
                size += (long)Element * attribute.AsIntArray.Length;
                break;
            case AttributeType.StringArray:
                foreach (var element in attribute.AsStringArray)
                    size += Element + (long)perChar * element.Length;
                break;
        }
        return size;
    }
}
