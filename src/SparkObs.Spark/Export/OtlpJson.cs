using SparkObs.Spark.Tracing;
using static SparkObs.Spark.Export.JsonText;

namespace SparkObs.Spark.Export;

/// <summary>
/// Encodes spans as OTLP/JSON (opentelemetry-proto, docs/specification.md, "JSON Protobuf Encoding"): ids as hex, 64-bit integers
/// as strings, enums as numbers. A line is a whole TracesData, as the Collector's file exporter writes them.
/// </summary>
internal static class OtlpJson
{
    /// <summary>Writes a line's beginning, up to its first span.</summary>
    public static int WriteStart(Span<byte> buffer, int position, SpanResource resource)
    {
        position = WriteRaw(buffer, position, "{\"resourceSpans\":[{\"resource\":{"u8);
        if (resource.Attributes.Count > 0)
        {
            position = WriteRaw(buffer, position, "\"attributes\":["u8);
            foreach (var attribute in resource.Attributes)
                position = WriteAttribute(buffer, position, attribute);
            buffer[position - 1] = (byte)']';
        }
        position = WriteRaw(buffer, position, "},\"scopeSpans\":[{\"scope\":{\"name\":"u8);
        position = WriteString(buffer, position, OtlpScope.Name);
        position = WriteRaw(buffer, position, ",\"version\":"u8);
        position = WriteString(buffer, position, OtlpScope.Version);
        return WriteRaw(buffer, position, "},\"spans\":["u8);
    }

    /// <summary>Writes a line's end in place of its last span's comma.</summary>
    public static int WriteEnd(Span<byte> buffer, int position) => WriteRaw(buffer, position - 1, "]}]}]}\n"u8);

    /// <summary>Writes a span and a comma.</summary>
    public static int WriteSpan(Span<byte> buffer, int position, SpanBatch batch, in SpanRecord span)
    {
        position = WriteRaw(buffer, position, "{\"traceId\":\""u8);
        position = WriteId(buffer, position, span.Trace);
        position = WriteRaw(buffer, position, "\",\"spanId\":\""u8);
        position = WriteHex(buffer, position, span.Id.Value);
        if (!span.Parent.IsNone)
        {
            position = WriteRaw(buffer, position, "\",\"parentSpanId\":\""u8);
            position = WriteHex(buffer, position, span.Parent.Value);
        }
        position = WriteRaw(buffer, position, "\",\"flags\":"u8);
        position = WriteNumber(buffer, position, (ulong)OtlpSpanFlags.Of(span.ParentIsRemote));
        position = WriteRaw(buffer, position, ",\"name\":"u8);
        position = WriteString(buffer, position, span.Name);
        position = WriteRaw(buffer, position, ",\"kind\":"u8);
        position = WriteNumber(buffer, position, (long)span.Kind);
        position = WriteRaw(buffer, position, ",\"startTimeUnixNano\":\""u8);
        position = WriteTime(buffer, position, span.StartMs, span.StartNanos);
        position = WriteRaw(buffer, position, "\",\"endTimeUnixNano\":\""u8);
        position = WriteTime(buffer, position, span.EndMs, span.EndNanos);
        position = WriteRaw(buffer, position, "\","u8);
        position = WriteAttributes(buffer, position, batch.Attributes(span));
        position = WriteEvents(buffer, position, batch, span);
        position = WriteLinks(buffer, position, batch, span);
        position = WriteStatus(buffer, position, span);
        buffer[position - 1] = (byte)'}';
        buffer[position] = (byte)',';
        return position + 1;
    }

    // Each of the following writes a member and a comma, or nothing.

    private static int WriteEvents(Span<byte> buffer, int position, SpanBatch batch, in SpanRecord span)
    {
        var events = batch.Events(span);
        if (events.IsEmpty)
            return position;
        position = WriteRaw(buffer, position, "\"events\":["u8);
        foreach (ref readonly var e in events)
        {
            position = WriteRaw(buffer, position, "{\"timeUnixNano\":\""u8);
            position = WriteTime(buffer, position, e.TimeMs);
            position = WriteRaw(buffer, position, "\",\"name\":"u8);
            position = WriteString(buffer, position, e.Name);
            buffer[position++] = (byte)',';
            position = WriteAttributes(buffer, position, batch.Attributes(e));
            position = WriteRaw(buffer, position - 1, "},"u8);
        }
        return WriteRaw(buffer, position - 1, "],"u8);
    }

    private static int WriteLinks(Span<byte> buffer, int position, SpanBatch batch, in SpanRecord span)
    {
        var links = batch.Links(span);
        if (links.IsEmpty)
            return position;
        position = WriteRaw(buffer, position, "\"links\":["u8);
        foreach (ref readonly var link in links)
        {
            position = WriteRaw(buffer, position, "{\"traceId\":\""u8);
            position = WriteId(buffer, position, link.Trace);
            position = WriteRaw(buffer, position, "\",\"spanId\":\""u8);
            position = WriteHex(buffer, position, link.Id.Value);
            position = WriteRaw(buffer, position, "\","u8);
            position = WriteAttributes(buffer, position, batch.Attributes(link));
            position = WriteRaw(buffer, position, "\"flags\":"u8);
            position = WriteNumber(buffer, position, (ulong)OtlpSpanFlags.Link);
            position = WriteRaw(buffer, position, "},"u8);
        }
        return WriteRaw(buffer, position - 1, "],"u8);
    }

    private static int WriteStatus(Span<byte> buffer, int position, in SpanRecord span)
    {
        if (span.Status == SpanStatus.Unset && span.StatusMessage is null)
            return position;
        position = WriteRaw(buffer, position, "\"status\":{"u8);
        if (span.StatusMessage is { } message)
        {
            position = WriteRaw(buffer, position, "\"message\":"u8);
            position = WriteString(buffer, position, message);
            buffer[position++] = (byte)',';
        }
        position = WriteRaw(buffer, position, "\"code\":"u8);
        position = WriteNumber(buffer, position, (long)span.Status);
        return WriteRaw(buffer, position, "},"u8);
    }

    private static int WriteAttributes(Span<byte> buffer, int position, ReadOnlySpan<SpanAttribute> attributes)
    {
        if (attributes.IsEmpty)
            return position;
        position = WriteRaw(buffer, position, "\"attributes\":["u8);
        foreach (ref readonly var attribute in attributes)
            position = WriteAttribute(buffer, position, attribute);
        return WriteRaw(buffer, position - 1, "],"u8);
    }

    /// <summary>Writes a KeyValue and a comma.</summary>
    private static int WriteAttribute(Span<byte> buffer, int position, in SpanAttribute attribute)
    {
        position = WriteRaw(buffer, position, "{\"key\":"u8);
        position = WriteString(buffer, position, attribute.Key.Utf8);
        position = WriteRaw(buffer, position, ",\"value\":{"u8);
        switch (attribute.Type)
        {
            case AttributeType.String:
                position = WriteValue(buffer, position, attribute.AsString);
                break;
            case AttributeType.Int:
                position = WriteValue(buffer, position, attribute.AsInt);
                break;
            case AttributeType.Double:
                position = WriteRaw(buffer, position, "\"doubleValue\":"u8);
                position = WriteNumber(buffer, position, attribute.AsDouble);
                break;
            case AttributeType.Bool:
                position = WriteRaw(buffer, position, attribute.AsBool ? "\"boolValue\":true"u8 : "\"boolValue\":false"u8);
                break;
            case AttributeType.StringArray:
                position = WriteArray(buffer, position, attribute.AsStringArray);
                break;
            case AttributeType.IntArray:
                position = WriteArray(buffer, position, attribute.AsIntArray);
                break;
        }
        return WriteRaw(buffer, position, "}},"u8);
    }

    private static int WriteArray(Span<byte> buffer, int position, string[] values)
    {
        position = WriteRaw(buffer, position, "\"arrayValue\":{\"values\":["u8);
        foreach (var value in values)
        {
            buffer[position++] = (byte)'{';
            position = WriteValue(buffer, position, value);
            position = WriteRaw(buffer, position, "},"u8);
        }
        return WriteRaw(buffer, values.Length > 0 ? position - 1 : position, "]}"u8);
    }

    private static int WriteArray(Span<byte> buffer, int position, long[] values)
    {
        position = WriteRaw(buffer, position, "\"arrayValue\":{\"values\":["u8);
        foreach (var value in values)
        {
            buffer[position++] = (byte)'{';
            position = WriteValue(buffer, position, value);
            position = WriteRaw(buffer, position, "},"u8);
        }
        return WriteRaw(buffer, values.Length > 0 ? position - 1 : position, "]}"u8);
    }

    private static int WriteValue(Span<byte> buffer, int position, string value) =>
        WriteString(buffer, WriteRaw(buffer, position, "\"stringValue\":"u8), value);

    private static int WriteValue(Span<byte> buffer, int position, long value)
    {
        position = WriteRaw(buffer, position, "\"intValue\":\""u8);
        position = WriteNumber(buffer, position, value);
        buffer[position] = (byte)'"';
        return position + 1;
    }

    private static int WriteId(Span<byte> buffer, int position, TraceId id) =>
        WriteHex(buffer, WriteHex(buffer, position, id.High), id.Low);

    private static int WriteTime(Span<byte> buffer, int position, long ms, int nanos = 0) =>
        WriteNumber(buffer, position, OtlpTraces.UnixNano(ms, nanos));
}
