using System.Globalization;
using System.Text;
using Serilog.Events;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Logging;

/// <summary>
/// Encodes events as OTLP's ExportLogsServiceRequest. Resource, scope and record stand where ResourceSpans has resource, scope and span,
/// under the same field numbers.
/// </summary>
internal sealed class OtlpLogs
{
    private const int FirstCapacity = 64 * 1024;

    /// <summary>Room for tag and length of a field, or for a number.</summary>
    private const int FieldRoom = 16;

    private PooledBuffer buffer = new(FirstCapacity);
    private int position;

    private OtlpLogs()
    {
    }

    /// <summary>
    /// Encodes the events from <paramref name="next"/> on into one request of at most <paramref name="maxBytes"/>, but one event at
    /// least, and moves <paramref name="next"/> behind them. An event that cannot be encoded is left out and counted.
    /// </summary>
    public static EncodedRequest Encode(ReadOnlySpan<LogEvent> events, ref int next, int maxBytes, LogIdentity identity, LogTally tally)
    {
        var request = new OtlpLogs();
        var resourceLogs = request.Begin(OtlpFields.RequestResourceSpans);
        request.WriteResource(identity);
        var scopeLogs = request.Begin(OtlpFields.ResourceSpansScopeSpans);
        request.WriteScope();
        var start = request.position;
        var records = 0;
        for (; next < events.Length; next++)
        {
            var before = request.position;
            try
            {
                request.WriteRecord(events[next], identity);
            }
            catch (Exception e)
            {
                request.position = before;
                tally.AddDropped(1, "unwritable value");
                tally.Say($"a log line could not be encoded ({e.GetType().Name}: {e.Message}): {events[next].MessageTemplate.Text}");
                continue;
            }
            if (request.position > maxBytes && records > 0)
            {
                request.position = before;
                break;
            }
            records++;
        }
        request.End(resourceLogs);
        request.End(scopeLogs);
        return new EncodedRequest(request.buffer.Bytes, request.position, resourceLogs, scopeLogs, start, records);
    }

    private void WriteResource(LogIdentity identity)
    {
        var start = Begin(OtlpFields.ResourceSpansResource);
        foreach (var (key, value) in identity.Attributes)
            WriteAttribute(OtlpFields.ResourceAttributes, key, value);
        if (identity.AppId.Length > 0)
            WriteAttribute(OtlpFields.ResourceAttributes, SparkAttributes.ServiceInstanceId.Name, identity.AppId);
        if (!identity.Attributes.Any(attribute => attribute.Key == SparkAttributes.ServiceName.Name))
            WriteAttribute(OtlpFields.ResourceAttributes, SparkAttributes.ServiceName.Name, "unknown_service:spark");
        End(start);
    }

    private void WriteScope()
    {
        var start = Begin(OtlpFields.ScopeSpansScope);
        WriteText(OtlpFields.ScopeName, OtlpScope.Name);
        WriteText(OtlpFields.ScopeVersion, OtlpScope.Version);
        End(start);
    }

    private void WriteRecord(LogEvent e, LogIdentity identity)
    {
        var start = Begin(OtlpFields.ScopeSpansSpans);
        WriteFixed64(OtlpLogFields.TimeUnixNano, UnixNano(e.Timestamp));
        WriteNumber(OtlpLogFields.SeverityNumber, Severity(e.Level));
        WriteText(OtlpLogFields.SeverityText, e.Level.ToString());
        var body = Begin(OtlpLogFields.Body);
        WriteText(OtlpFields.AnyValueString, e.RenderMessage(CultureInfo.InvariantCulture));
        End(body);
        WriteAttribute(OtlpLogFields.Attributes, "message_template.text", e.MessageTemplate.Text);
        foreach (var (name, value) in e.Properties)
            WriteAttribute(OtlpLogFields.Attributes, name, value);
        if (e.Exception is { } exception)
        {
            WriteAttribute(OtlpLogFields.Attributes, SparkAttributes.ExceptionType.Name, exception.GetType().ToString());
            WriteAttribute(OtlpLogFields.Attributes, SparkAttributes.ExceptionMessage.Name, exception.Message);
            WriteAttribute(OtlpLogFields.Attributes, SparkAttributes.ExceptionStacktrace.Name, exception.ToString());
        }
        WriteIds(e, identity);
        WriteFixed64(OtlpLogFields.ObservedTimeUnixNano, UnixNano(e.Timestamp));
        End(start);
    }

    private void WriteIds(LogEvent e, LogIdentity identity)
    {
        Span<byte> trace = stackalloc byte[16];
        Span<byte> span = stackalloc byte[8];
        if (e.TraceId is { } traceId && e.SpanId is { } spanId)
        {
            traceId.CopyTo(trace);
            spanId.CopyTo(span);
        }
        else if (identity.Application is { } application)
        {
            application.Context.Trace.WriteTo(trace);
            application.Context.Span.WriteTo(span);
        }
        else
        {
            return;
        }
        buffer.Ensure(position, 2 * FieldRoom + 24);
        position = Protobuf.WriteBytes(buffer.Bytes, position, OtlpLogFields.TraceId, trace);
        position = Protobuf.WriteBytes(buffer.Bytes, position, OtlpLogFields.SpanId, span);
    }

    private void WriteAttribute(int field, string key, string value)
    {
        var start = Begin(field);
        WriteText(OtlpFields.KeyValueKey, key);
        var any = Begin(OtlpFields.KeyValueValue);
        WriteText(OtlpFields.AnyValueString, value);
        End(any);
        End(start);
    }

    private void WriteAttribute(int field, string key, LogEventPropertyValue value)
    {
        var start = Begin(field);
        WriteText(OtlpFields.KeyValueKey, key);
        var any = Begin(OtlpFields.KeyValueValue);
        WriteValue(value);
        End(any);
        End(start);
    }

    private void WriteValue(LogEventPropertyValue value)
    {
        switch (value)
        {
            case ScalarValue scalar:
                WriteScalar(scalar.Value);
                break;
            case SequenceValue sequence:
                var array = Begin(OtlpFields.AnyValueArray);
                foreach (var element in sequence.Elements)
                {
                    var any = Begin(OtlpFields.ArrayValueValues);
                    WriteValue(element);
                    End(any);
                }
                End(array);
                break;
            case StructureValue structure:
                var members = Begin(OtlpLogFields.AnyValueKeyValues);
                foreach (var member in structure.Properties)
                    WriteAttribute(OtlpLogFields.KeyValuesValues, member.Name, member.Value);
                End(members);
                break;
            case DictionaryValue dictionary:
                var entries = Begin(OtlpLogFields.AnyValueKeyValues);
                foreach (var (key, element) in dictionary.Elements)
                    WriteAttribute(OtlpLogFields.KeyValuesValues, Convert.ToString(key.Value, CultureInfo.InvariantCulture) ?? "null", element);
                End(entries);
                break;
            default:
                WriteText(OtlpFields.AnyValueString, value.ToString());
                break;
        }
    }

    private void WriteScalar(object? value)
    {
        switch (value)
        {
            case null:
                break;
            case bool flag:
                WriteNumber(OtlpFields.AnyValueBool, flag ? 1u : 0u);
                break;
            case int or long or short or byte or sbyte or ushort or uint:
                WriteNumber(OtlpFields.AnyValueInt, (ulong)Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double or float:
                WriteFixed64(OtlpFields.AnyValueDouble, BitConverter.DoubleToUInt64Bits(Convert.ToDouble(value, CultureInfo.InvariantCulture)));
                break;
            case DateTime or DateTimeOffset:
                WriteText(OtlpFields.AnyValueString, ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture));
                break;
            default:
                WriteText(OtlpFields.AnyValueString, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
                break;
        }
    }

    private int Begin(int field)
    {
        buffer.Ensure(position, FieldRoom);
        return position = Protobuf.ReserveLength(buffer.Bytes, position, field);
    }

    private void End(int start) => Protobuf.FillLength(buffer.Bytes, start, position);

    private void WriteText(int field, string text)
    {
        buffer.Ensure(position, FieldRoom + Encoding.UTF8.GetMaxByteCount(text.Length));
        position = Protobuf.WriteString(buffer.Bytes, position, field, text);
    }

    private void WriteNumber(int field, ulong number)
    {
        buffer.Ensure(position, FieldRoom);
        position = Protobuf.WriteVarint(buffer.Bytes, position, field, number);
    }

    private void WriteFixed64(int field, ulong number)
    {
        buffer.Ensure(position, FieldRoom);
        position = Protobuf.WriteFixed64(buffer.Bytes, position, field, number);
    }

    private static ulong UnixNano(DateTimeOffset time) => (ulong)Math.Max(0, (time - DateTimeOffset.UnixEpoch).Ticks) * 100;

    /// <summary>OTLP's numbers: the first of each range.</summary>
    private static ulong Severity(LogEventLevel level) => 1 + 4 * (ulong)level;
}
