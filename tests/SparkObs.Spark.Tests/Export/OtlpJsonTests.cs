using System.Text;
using CsCheck;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Export;

public class OtlpJsonTests
{
    [Fact]
    public async Task Span_of_every_part_is_this_line()
    {
        var batch = new SpanBatch { Resource = new SpanResource([new SpanAttribute(new AttributeKey("service.name"), "job")]) };
        ref var span = ref batch.Begin("stage \"a\"", Batches.Trace, new SpanId(0x11), new SpanId(0x22), 1, 2);
        span.ParentIsRemote = true;
        span.Status = SpanStatus.Error;
        span.StatusMessage = "bad\n";
        (span.StartNanos, span.EndNanos) = (250_000, 5);
        batch.Set(new AttributeKey("s"), "\u0001\ud800");
        batch.Set(new AttributeKey("i"), -5);
        batch.Set(new AttributeKey("d"), 0.25);
        batch.Set(new AttributeKey("nan"), double.NaN);
        batch.Set(new AttributeKey("b"), true);
        batch.Set(new AttributeKey("ss"), ["a", "b"]);
        batch.Set(new AttributeKey("ii"), [1L, 2L]);
        batch.Set(new AttributeKey("none"), Array.Empty<string>());
        batch.AddEvent("e", 3);
        batch.Set(new AttributeKey("x"), 1);
        batch.AddLink(Batches.Trace, new SpanId(0x33));
        batch.End();

        Assert.Equal(
            """
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"job"}}]},"scopeSpans":[{"scope":{"name":"SparkObs.Spark","version":"VERSION"},"spans":[
            {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000011","parentSpanId":"0000000000000022","flags":769,"name":"stage \"a\"","kind":1,"startTimeUnixNano":"1250000","endTimeUnixNano":"2000005",
            "attributes":[{"key":"s","value":{"stringValue":"\u0001�"}},{"key":"i","value":{"intValue":"-5"}},{"key":"d","value":{"doubleValue":0.25}},{"key":"nan","value":{"doubleValue":"NaN"}},{"key":"b","value":{"boolValue":true}},
            {"key":"ss","value":{"arrayValue":{"values":[{"stringValue":"a"},{"stringValue":"b"}]}}},{"key":"ii","value":{"arrayValue":{"values":[{"intValue":"1"},{"intValue":"2"}]}}},{"key":"none","value":{"arrayValue":{"values":[]}}}],
            "events":[{"timeUnixNano":"3000000","name":"e","attributes":[{"key":"x","value":{"intValue":"1"}}]}],"links":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000033","flags":1}],
            "status":{"message":"bad\n","code":2}}]}]}]}

            """.Replace("\n{\"t", "{\"t", StringComparison.Ordinal).Replace(",\n", ",", StringComparison.Ordinal)
                .Replace("VERSION", OtlpScope.Version, StringComparison.Ordinal),
            Encoding.UTF8.GetString(await WriteAsync(batch)));
    }

    [Fact]
    public async Task Batch_of_any_shape_says_the_same_as_protobuf() => await Batches.Any.SampleAsync(async batch =>
    {
        var next = 0;
        var protobuf = ProtobufDecoder.Decode(OtlpTraces.Encode(batch, ref next, int.MaxValue).Memory.Span);

        var json = JsonDecoder.Decode(await WriteAsync(batch));

        Assert.Equal((protobuf.Resource, protobuf.Scope), (json.Resource, json.Scope));
        Assert.Equal(protobuf.Spans, json.Spans);
    });

    [Fact]
    public async Task Lines_have_at_most_256_spans_and_end_beyond_1_MiB()
    {
        var many = Lines(await WriteAsync(Batches.Small(600)));
        var large = Lines(await WriteAsync(Batches.Small(5, text: 600_000)));

        Assert.Equal([256, 256, 88], many.Select(line => line.Spans.Count));
        Assert.Equal([2, 2, 1], large.Select(line => line.Spans.Count));
    }

    [Fact]
    public async Task Error_of_the_stream_is_thrown_as_it_is()
    {
        var full = new FullDisk();
        await using var sink = new OtlpJsonSink(full);

        Assert.Same(full.Error, await Assert.ThrowsAsync<IOException>(() => sink.WriteAsync(Batches.Small(1), default).AsTask()));
        Assert.Same(full.Error, await Assert.ThrowsAsync<IOException>(() => sink.FlushAsync(default).AsTask()));
    }

    private static async Task<byte[]> WriteAsync(SpanBatch batch)
    {
        using var stream = new MemoryStream();
        await using (var sink = new OtlpJsonSink(stream))
            await sink.WriteAsync(batch, default);
        return stream.ToArray();
    }

    private static List<DecodedRequest> Lines(byte[] text) =>
        Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDecoder.Decode(Encoding.UTF8.GetBytes(line))).ToList();

    private sealed class FullDisk : MemoryStream
    {
        public IOException Error { get; } = new("No space left on device");

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw Error;

        public override Task FlushAsync(CancellationToken cancellationToken) => throw Error;
    }
}
