using System.Buffers;
using System.Globalization;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Benchmarks;

/// <summary>Encoding alone, one core: 512 task-like spans an operation.</summary>
[MemoryDiagnoser]
public class ExportEncoding
{
    public const int Spans = 512;

    private readonly SpanBatch batch = new();
    private readonly byte[] json = new byte[16 * 1024 * 1024];
    private readonly ArrayBufferWriter<byte> output = new(16 * 1024 * 1024);

    public ExportEncoding() => ExportSpans.Fill(batch, Spans, 1000);

    [Benchmark(Baseline = true, OperationsPerInvoke = Spans)]
    public int Protobuf()
    {
        var length = 0;
        for (var next = 0; next < batch.Count;)
        {
            var request = OtlpTraces.Encode(batch, ref next, 2 * 1024 * 1024);
            length += request.Length;
            request.Return();
        }
        return length;
    }

    [Benchmark(OperationsPerInvoke = Spans)]
    public int Json()
    {
        var position = OtlpJson.WriteStart(json, 0, batch.Resource);
        foreach (ref readonly var span in batch.Spans)
            position = OtlpJson.WriteSpan(json, position, batch, span);
        return OtlpJson.WriteEnd(json, position);
    }

    /// <summary>The same text from System.Text.Json's writer: what <see cref="OtlpJson"/> must beat to be worth its lines.</summary>
    [Benchmark(OperationsPerInvoke = Spans)]
    public int JsonByUtf8JsonWriter()
    {
        output.ResetWrittenCount();
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        writer.WriteStartArray();
        foreach (ref readonly var span in batch.Spans)
        {
            writer.WriteStartObject();
            writer.WriteString("traceId", span.Trace.ToString());
            writer.WriteString("spanId", span.Id.ToString());
            writer.WriteString("parentSpanId", span.Parent.ToString());
            writer.WriteNumber("flags", 257);
            writer.WriteString("name", span.Name);
            writer.WriteNumber("kind", (int)span.Kind);
            writer.WriteString("startTimeUnixNano", Text(span.StartMs * 1_000_000));
            writer.WriteString("endTimeUnixNano", Text(span.EndMs * 1_000_000));
            writer.WriteStartArray("attributes");
            foreach (ref readonly var attribute in batch.Attributes(span))
                Write(writer, attribute);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.Flush();
        return output.WrittenCount;
    }

    private static void Write(Utf8JsonWriter writer, in SpanAttribute attribute)
    {
        writer.WriteStartObject();
        writer.WriteString("key"u8, attribute.Key.Utf8);
        writer.WriteStartObject("value"u8);
        switch (attribute.Type)
        {
            case AttributeType.String: writer.WriteString("stringValue"u8, attribute.AsString); break;
            case AttributeType.Int: writer.WriteString("intValue"u8, Text(attribute.AsInt)); break;
            case AttributeType.Double: writer.WriteNumber("doubleValue"u8, attribute.AsDouble); break;
            default: writer.WriteBoolean("boolValue"u8, attribute.AsBool); break;
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
