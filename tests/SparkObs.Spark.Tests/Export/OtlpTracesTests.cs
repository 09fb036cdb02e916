using CsCheck;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Export;

public class OtlpTracesTests
{
    private const int NoLimit = int.MaxValue;

    [Fact]
    public void Span_with_least_content_has_these_bytes()
    {
        var batch = new SpanBatch();
        batch.Begin("n", Batches.Trace, new SpanId(0x1112131415161718), default, 1, 2);
        batch.End();

        Assert.Equal(
            Request("0a 80808000",
                "0a 10 0102030405060708090a0b0c0d0e0f10" + // trace_id
                "12 08 1112131415161718" + // span_id
                "2a 01 6e" + // name
                "30 01" + // kind INTERNAL
                "39 40420f0000000000" + // start, 1,000,000 ns
                "41 80841e0000000000" + // end
                "8501 01010000"), // flags: sampled, has_is_remote
            Encode(batch));
    }

    [Fact]
    public void Times_below_a_millisecond_have_these_bytes()
    {
        var batch = new SpanBatch();
        ref var span = ref batch.Begin("n", Batches.Trace, new SpanId(0x1112131415161718), default, 1, 2);
        (span.StartNanos, span.EndNanos) = (250_000, 999_999);
        batch.End();

        Assert.Equal(
            Request("0a 80808000",
                "0a 10 0102030405060708090a0b0c0d0e0f10" +
                "12 08 1112131415161718" +
                "2a 01 6e" +
                "30 01" +
                "39 d012130000000000" + // 1,250,000 ns
                "41 bfc62d0000000000" + // 2,999,999 ns
                "8501 01010000"),
            Encode(batch));
    }

    [Fact]
    public void Status_parent_and_remote_parent_have_these_bytes()
    {
        var batch = new SpanBatch();
        ref var span = ref batch.Begin("n", Batches.Trace, new SpanId(0x1112131415161718), new SpanId(0x2122232425262728), 0, 0);
        span.Kind = SpanKind.Client;
        span.ParentIsRemote = true;
        span.Status = SpanStatus.Error;
        span.StatusMessage = "bad";
        batch.End();

        Assert.Equal(
            Request("0a 80808000",
                "0a 10 0102030405060708090a0b0c0d0e0f10" +
                "12 08 1112131415161718" +
                "22 08 2122232425262728" + // parent_span_id
                "2a 01 6e" +
                "30 03" + // kind CLIENT
                "39 0000000000000000" +
                "41 0000000000000000" +
                "7a 87808000 12 03 626164 18 02" + // status: message, code ERROR
                "8501 01030000"), // flags: sampled, has_is_remote, is_remote
            Encode(batch));
    }

    [Fact]
    public void String_attribute_has_these_bytes()
    {
        AssertAttribute("4a 09 0a 01 6b 12 04 0a 02 c3a9", new SpanAttribute(Key, "é"));
        AssertAttribute("4a 0a 0a 01 6b 12 05 0a 03 efbfbd", new SpanAttribute(Key, "\ud800"));
    }

    [Theory]
    [InlineData("4a 07 0a 01 6b 12 02 18 00", 0)]
    [InlineData("4a 08 0a 01 6b 12 03 18 ac02", 300)]
    [InlineData("4a 10 0a 01 6b 12 0b 18 ffffffffffffffffff01", -1)]
    public void Int_attribute_has_these_bytes(string bytes, long value) => AssertAttribute(bytes, new SpanAttribute(Key, value));

    [Fact]
    public void Double_attribute_has_these_bytes() =>
        AssertAttribute("4a 0e 0a 01 6b 12 09 21 000000000000f83f", new SpanAttribute(Key, 1.5));

    [Theory]
    [InlineData("4a 07 0a 01 6b 12 02 10 00", false)]
    [InlineData("4a 07 0a 01 6b 12 02 10 01", true)]
    public void Bool_attribute_has_these_bytes(string bytes, bool value) => AssertAttribute(bytes, new SpanAttribute(Key, value));

    [Fact]
    public void String_array_attribute_has_these_bytes() =>
        AssertAttribute("4a 10 0a 01 6b 12 0b 2a 09 0a 03 0a 01 61 0a 02 0a 00", new SpanAttribute(Key, ["a", ""]));

    [Fact]
    public void Int_array_attribute_has_these_bytes() =>
        AssertAttribute("4a 10 0a 01 6b 12 0b 2a 09 0a 02 18 01 0a 03 18 8001", new SpanAttribute(Key, [1L, 128L]));

    [Fact]
    public void Empty_array_attribute_has_these_bytes() =>
        AssertAttribute("4a 07 0a 01 6b 12 02 2a 00", new SpanAttribute(Key, Array.Empty<long>()));

    [Fact]
    public void Batch_of_any_shape_decodes_to_what_it_holds() => Batches.Any.Sample(batch =>
    {
        var next = 0;
        var request = OtlpTraces.Encode(batch, ref next, NoLimit);

        var decoded = ProtobufDecoder.Decode(request.Memory.Span);

        Assert.Equal(Render.Attributes(batch.Resource.Attributes.ToArray()), decoded.Resource);
        Assert.Equal($"SparkObs.Spark {OtlpScope.Version}", decoded.Scope);
        Assert.Equal(DecodedSpan.Expected(batch), decoded.Spans);
        Assert.Equal((batch.Count, batch.Count), (next, request.SpanCount));
        request.Return();
    });

    [Fact]
    public void Batch_beyond_the_limit_becomes_several_requests() =>
        Gen.Select(Batches.Any, Gen.Int[1, 5000]).Sample((batch, maxBytes) =>
        {
            var spans = new List<DecodedSpan>();
            for (var next = 0; next < batch.Count;)
            {
                var request = OtlpTraces.Encode(batch, ref next, maxBytes);
                Assert.True(request.Length <= maxBytes || request.SpanCount == 1);
                var decoded = ProtobufDecoder.Decode(request.Memory.Span);
                Assert.Equal(request.SpanCount, decoded.Spans.Count);
                spans.AddRange(decoded.Spans);
                request.Return();
            }
            Assert.Equal(DecodedSpan.Expected(batch), spans);
        });

    [Fact]
    public void Halves_of_a_request_are_requests() => Batches.Any.Where(b => b.Count > 1).Sample(batch =>
    {
        var next = 0;
        var request = OtlpTraces.Encode(batch, ref next, NoLimit);

        var (first, second) = request.Halve();

        var (whole, left, right) = (Decode(request), Decode(first), Decode(second));
        Assert.Equal(whole.Spans, left.Spans.Concat(right.Spans));
        Assert.Equal((batch.Count / 2, batch.Count - batch.Count / 2), (first.SpanCount, second.SpanCount));
        Assert.Equal((first.SpanCount, second.SpanCount), (left.Spans.Count, right.Spans.Count));
        Assert.All([left, right], part => Assert.Equal((whole.Resource, whole.Scope), (part.Resource, part.Scope)));
        static DecodedRequest Decode(EncodedRequest r) => ProtobufDecoder.Decode(r.Memory.Span);
    });

    [Fact]
    public void Encoding_allocates_one_small_object_a_request()
    {
        var batch = Batches.Small(500);
        for (var warmUp = 0; warmUp < 3; warmUp++)
            EncodeAndReturn(batch);

        var before = GC.GetAllocatedBytesForCurrentThread();
        EncodeAndReturn(batch);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200);
    }

    private static readonly AttributeKey Key = new("k");

    private static void EncodeAndReturn(SpanBatch batch)
    {
        var next = 0;
        OtlpTraces.Encode(batch, ref next, NoLimit).Return();
    }

    private static string Encode(SpanBatch batch)
    {
        var next = 0;
        return Convert.ToHexStringLower(OtlpTraces.Encode(batch, ref next, NoLimit).Memory.Span);
    }

    private static void AssertAttribute(string bytes, SpanAttribute attribute)
    {
        var batch = new SpanBatch();
        batch.Begin("n", Batches.Trace, new SpanId(1), default, 0, 0);
        batch.Set(attribute);
        batch.End();
        var encoded = Encode(batch);
        const string flags = "850101010000";
        Assert.EndsWith("410000000000000000" + bytes.Replace(" ", "", StringComparison.Ordinal) + flags, encoded, StringComparison.Ordinal);
    }

    /// <summary>A request of one span as hex; lengths are varints padded to 4 bytes.</summary>
    private static string Request(string resource, string span)
    {
        static string Hex(string spaced) => spaced.Replace(" ", "", StringComparison.Ordinal);
        static string Message(string tag, string content)
        {
            var length = content.Length / 2;
            return $"{tag}{length & 0x7f | 0x80:x2}{(length >> 7) & 0x7f | 0x80:x2}8000{content}";
        }
        var scope = Message("0a",
            "0a0e" + Convert.ToHexStringLower("SparkObs.Spark"u8) +
            $"12{OtlpScope.Version.Length:x2}" + Convert.ToHexStringLower(System.Text.Encoding.ASCII.GetBytes(OtlpScope.Version)));
        return Message("0a", Hex(resource) + Message("12", scope + Message("12", Hex(span))));
    }
}
