using System.Text;
using SparkObs.Spark.Tracing;
using static SparkObs.Spark.Export.Protobuf;

namespace SparkObs.Spark.Export;

/// <summary>Encodes spans as OTLP's ExportTraceServiceRequest (protobuf), straight from a batch into pooled buffers.</summary>
internal static class OtlpTraces
{
    private const int FirstCapacity = 256 * 1024;

    /// <summary>
    /// Encodes the spans from <paramref name="next"/> on into one request of at most <paramref name="maxBytes"/>, but one span
    /// at least, and moves <paramref name="next"/> behind them.
    /// </summary>
    public static EncodedRequest Encode(SpanBatch batch, ref int next, int maxBytes)
    {
        var spans = batch.Spans;
        var header = EncodedSize.Of(batch.Resource, EncodedSize.ProtobufChar);
        var buffer = new PooledBuffer(Math.Max(header, Math.Min(FirstCapacity, maxBytes)));
        var resourceSpans = ReserveLength(buffer.Bytes, 0, OtlpFields.RequestResourceSpans);
        var position = WriteResource(buffer.Bytes, resourceSpans, batch.Resource);
        var scopeSpans = position = ReserveLength(buffer.Bytes, position, OtlpFields.ResourceSpansScopeSpans);
        var spansStart = position = WriteScope(buffer.Bytes, position);
        var first = next;
        while (next < spans.Length)
        {
            ref readonly var span = ref spans[next];
            buffer.Ensure(position, EncodedSize.Of(batch, span, EncodedSize.ProtobufChar));
            var end = WriteSpan(buffer.Bytes, position, batch, span);
            if (end > maxBytes && next > first)
                break;
            position = end;
            next++;
        }
        FillLength(buffer.Bytes, resourceSpans, position);
        FillLength(buffer.Bytes, scopeSpans, position);
        return new EncodedRequest(buffer.Bytes, position, resourceSpans, scopeSpans, spansStart, next - first);
    }

    private static int WriteResource(Span<byte> buffer, int position, SpanResource resource)
    {
        var start = ReserveLength(buffer, position, OtlpFields.ResourceSpansResource);
        position = start;
        foreach (var attribute in resource.Attributes)
            position = WriteAttribute(buffer, position, OtlpFields.ResourceAttributes, attribute);
        FillLength(buffer, start, position);
        return position;
    }

    private static int WriteScope(Span<byte> buffer, int position)
    {
        var start = ReserveLength(buffer, position, OtlpFields.ScopeSpansScope);
        position = WriteString(buffer, start, OtlpFields.ScopeName, OtlpScope.Name);
        position = WriteString(buffer, position, OtlpFields.ScopeVersion, OtlpScope.Version);
        FillLength(buffer, start, position);
        return position;
    }

    private static int WriteSpan(Span<byte> buffer, int position, SpanBatch batch, in SpanRecord span)
    {
        var start = ReserveLength(buffer, position, OtlpFields.ScopeSpansSpans);
        position = WriteId(buffer, start, OtlpFields.SpanTraceId, span.Trace);
        position = WriteId(buffer, position, OtlpFields.SpanSpanId, span.Id);
        if (!span.Parent.IsNone)
            position = WriteId(buffer, position, OtlpFields.SpanParentSpanId, span.Parent);
        position = WriteString(buffer, position, OtlpFields.SpanName, span.Name);
        position = WriteVarint(buffer, position, OtlpFields.SpanKind, (ulong)span.Kind);
        position = WriteFixed64(buffer, position, OtlpFields.SpanStartTimeUnixNano, UnixNano(span.StartMs, span.StartNanos));
        position = WriteFixed64(buffer, position, OtlpFields.SpanEndTimeUnixNano, UnixNano(span.EndMs, span.EndNanos));
        position = WriteAttributes(buffer, position, OtlpFields.SpanAttributes, batch.Attributes(span));
        foreach (ref readonly var e in batch.Events(span))
            position = WriteEvent(buffer, position, batch, e);
        foreach (ref readonly var link in batch.Links(span))
            position = WriteLink(buffer, position, batch, link);
        if (span.Status != SpanStatus.Unset || span.StatusMessage is not null)
            position = WriteStatus(buffer, position, span);
        position = WriteFixed32(buffer, position, OtlpFields.SpanFlags, OtlpSpanFlags.Of(span.ParentIsRemote));
        FillLength(buffer, start, position);
        return position;
    }

    private static int WriteEvent(Span<byte> buffer, int position, SpanBatch batch, in SpanEvent e)
    {
        var start = ReserveLength(buffer, position, OtlpFields.SpanEvents);
        position = WriteFixed64(buffer, start, OtlpFields.EventTimeUnixNano, UnixNano(e.TimeMs));
        position = WriteString(buffer, position, OtlpFields.EventName, e.Name);
        position = WriteAttributes(buffer, position, OtlpFields.EventAttributes, batch.Attributes(e));
        FillLength(buffer, start, position);
        return position;
    }

    private static int WriteLink(Span<byte> buffer, int position, SpanBatch batch, in SpanLink link)
    {
        var start = ReserveLength(buffer, position, OtlpFields.SpanLinks);
        position = WriteId(buffer, start, OtlpFields.LinkTraceId, link.Trace);
        position = WriteId(buffer, position, OtlpFields.LinkSpanId, link.Id);
        position = WriteAttributes(buffer, position, OtlpFields.LinkAttributes, batch.Attributes(link));
        position = WriteFixed32(buffer, position, OtlpFields.LinkFlags, OtlpSpanFlags.Link);
        FillLength(buffer, start, position);
        return position;
    }

    private static int WriteStatus(Span<byte> buffer, int position, in SpanRecord span)
    {
        var start = ReserveLength(buffer, position, OtlpFields.SpanStatus);
        position = start;
        if (span.StatusMessage is { } message)
            position = WriteString(buffer, position, OtlpFields.StatusMessage, message);
        if (span.Status != SpanStatus.Unset)
            position = WriteVarint(buffer, position, OtlpFields.StatusCode, (ulong)span.Status);
        FillLength(buffer, start, position);
        return position;
    }

    private static int WriteAttributes(Span<byte> buffer, int position, int field, ReadOnlySpan<SpanAttribute> attributes)
    {
        foreach (ref readonly var attribute in attributes)
            position = WriteAttribute(buffer, position, field, attribute);
        return position;
    }

    private static int WriteAttribute(Span<byte> buffer, int position, int field, in SpanAttribute attribute)
    {
        var key = attribute.Key.Utf8;
        switch (attribute.Type)
        {
            case AttributeType.String:
                var text = attribute.AsString;
                var utf8 = Encoding.UTF8.GetByteCount(text);
                position = WriteKey(buffer, position, field, key, FieldLength(utf8));
                return WriteString(buffer, position, OtlpFields.AnyValueString, text, utf8);
            case AttributeType.Int:
                position = WriteKey(buffer, position, field, key, 1 + VarintLength((ulong)attribute.AsInt));
                return WriteVarint(buffer, position, OtlpFields.AnyValueInt, (ulong)attribute.AsInt);
            case AttributeType.Double:
                position = WriteKey(buffer, position, field, key, 1 + sizeof(double));
                return WriteFixed64(buffer, position, OtlpFields.AnyValueDouble, BitConverter.DoubleToUInt64Bits(attribute.AsDouble));
            case AttributeType.Bool:
                position = WriteKey(buffer, position, field, key, 2);
                return WriteVarint(buffer, position, OtlpFields.AnyValueBool, attribute.AsBool ? 1u : 0u);
            case AttributeType.StringArray:
                return WriteStringArray(buffer, position, field, key, attribute.AsStringArray);
            default:
                return WriteIntArray(buffer, position, field, key, attribute.AsIntArray);
        }
    }

    /// <summary>Writes a KeyValue up to and with the length of its AnyValue, which the caller writes next.</summary>
    private static int WriteKey(Span<byte> buffer, int position, int field, ReadOnlySpan<byte> key, int valueLength)
    {
        position = WriteLength(buffer, position, field, FieldLength(key.Length) + FieldLength(valueLength));
        position = WriteBytes(buffer, position, OtlpFields.KeyValueKey, key);
        return WriteLength(buffer, position, OtlpFields.KeyValueValue, valueLength);
    }

    private static int WriteStringArray(Span<byte> buffer, int position, int field, ReadOnlySpan<byte> key, string[] values)
    {
        var length = 0;
        foreach (var value in values)
            length += FieldLength(FieldLength(Encoding.UTF8.GetByteCount(value)));
        position = WriteKey(buffer, position, field, key, FieldLength(length));
        position = WriteLength(buffer, position, OtlpFields.AnyValueArray, length);
        foreach (var value in values)
        {
            var utf8 = Encoding.UTF8.GetByteCount(value);
            position = WriteLength(buffer, position, OtlpFields.ArrayValueValues, FieldLength(utf8));
            position = WriteString(buffer, position, OtlpFields.AnyValueString, value, utf8);
        }
        return position;
    }

    private static int WriteIntArray(Span<byte> buffer, int position, int field, ReadOnlySpan<byte> key, long[] values)
    {
        var length = 0;
        foreach (var value in values)
            length += FieldLength(1 + VarintLength((ulong)value));
        position = WriteKey(buffer, position, field, key, FieldLength(length));
        position = WriteLength(buffer, position, OtlpFields.AnyValueArray, length);
        foreach (var value in values)
        {
            position = WriteLength(buffer, position, OtlpFields.ArrayValueValues, 1 + VarintLength((ulong)value));
            position = WriteVarint(buffer, position, OtlpFields.AnyValueInt, (ulong)value);
        }
        return position;
    }

    private static int WriteId(Span<byte> buffer, int position, int field, TraceId id)
    {
        position = WriteLength(buffer, position, field, 16);
        id.WriteTo(buffer[position..]);
        return position + 16;
    }

    private static int WriteId(Span<byte> buffer, int position, int field, SpanId id)
    {
        position = WriteLength(buffer, position, field, 8);
        id.WriteTo(buffer[position..]);
        return position + 8;
    }

    /// <summary>Bytes of a length-delimited field: a tag of one byte (all such fields here are below 16), length, content.</summary>
    private static int FieldLength(int content) => 1 + VarintLength((ulong)content) + content;

    /// <summary>OTLP's times are unsigned; a time before 1970 is none that Spark means.</summary>
    internal static ulong UnixNano(long ms, int nanos = 0) => ms <= 0 ? 0 : ((ulong)ms * 1_000_000) + (ulong)nanos;
}
