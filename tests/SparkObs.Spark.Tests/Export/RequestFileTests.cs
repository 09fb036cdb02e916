using CsCheck;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Events;

namespace SparkObs.Spark.Tests.Export;

public sealed class RequestFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Request_is_read_as_it_was_written()
    {
        var number = 0;
        Batches.Any.Sample(
            batch =>
            {
                var next = 0;
                var request = OtlpTraces.Encode(batch, ref next, 1_000_000);
                var file = Write(Interlocked.Increment(ref number), request);

                var read = file.Read();

                Assert.Equal(request.Memory.ToArray(), read.Memory.ToArray());
                Assert.Equal(
                    (request.ResourceSpansStart, request.ScopeSpansStart, request.SpansStart, request.SpanCount),
                    (read.ResourceSpansStart, read.ScopeSpansStart, read.SpansStart, read.SpanCount));
                if (request.SpanCount < 2)
                    return;
                var (first, second) = read.Halve();
                Assert.Equal(
                    ProtobufDecoder.Decode(request.Memory.Span).Spans,
                    ProtobufDecoder.Decode(first.Memory.Span).Spans.Concat(ProtobufDecoder.Decode(second.Memory.Span).Spans));
            },
            iter: 300, threads: 1);
    }

    [Fact]
    public void File_that_is_cut_or_changed_anywhere_is_recognised()
    {
        var next = 0;
        var file = Write(1, OtlpTraces.Encode(Batches.Small(3), ref next, 1_000_000));
        var whole = File.ReadAllBytes(file.Path);

        for (var at = 0; at < whole.Length; at++)
        {
            File.WriteAllBytes(file.Path, whole[..at]);
            Assert.Throws<InvalidDataException>(file.Read);
            var changed = (byte[])whole.Clone();
            changed[at] ^= 0x10;
            File.WriteAllBytes(file.Path, changed);
            Assert.Throws<InvalidDataException>(file.Read);
        }
        File.WriteAllBytes(file.Path, [.. whole, 0]);
        Assert.Throws<InvalidDataException>(file.Read);
    }

    [Fact]
    public void Refused_requests_beyond_the_bound_push_out_the_oldest()
    {
        const int Size = 4 * 1024 * 1024, Fit = (int)(RefusedFiles.MaxBytes / Size);
        var refused = Path.Combine(folder.Path, "refused");
        var first = new RefusedFiles(refused);
        for (var i = 0; i < Fit; i++)
            Assert.NotNull(first.Add(RequestFile.NameOf(i, "a", 10 + i), Request(Size, 10 + i), $"reason {i}"));
        Assert.Equal(0, first.DeletedSpans);

        // Another process finds them.
        var second = new RefusedFiles(refused);
        for (var i = Fit; i < Fit + 3; i++)
            Assert.NotNull(second.Add(RequestFile.NameOf(i, "b", 10 + i), Request(Size, 10 + i), $"reason {i}"));

        Assert.Equal(10 + 11 + 12, second.DeletedSpans);
        var kept = Enumerable.Range(3, Fit).Select(i => Path.ChangeExtension(RequestFile.NameOf(i, i < Fit ? "a" : "b", 10 + i), ".pb"));
        Assert.Equal(
            kept.SelectMany(name => new[] { name, name + ".txt" }).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(refused).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Files_that_are_no_requests_are_left_alone()
    {
        var queue = Path.Combine(folder.Path, "queue");
        PrivateFiles.CreateOwnFolder(queue);
        string[] names = ["a.otlp", "1-2.otlp", "x-y-z.otlp", "1--3.otlp", "notes.txt", "00001-a-5.otlp.bak"];
        foreach (var name in names)
            File.WriteAllText(Path.Combine(queue, name), "");

        using var files = RequestFiles.Open(queue, 1000, out var left);

        Assert.Empty(left);
        var there = Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file)).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal));
        Assert.Equal(names.Order(StringComparer.Ordinal), there.Order(StringComparer.Ordinal));
    }

    private static EncodedRequest Request(int length, int spans) => new(new byte[length], length, 0, 0, 0, spans);

    private RequestFile Write(int number, EncodedRequest request)
    {
        var path = Path.Combine(folder.Path, RequestFile.NameOf(number, "owner", request.SpanCount));
        RequestFile.Write(path, request);
        return RequestFile.Of(new FileInfo(path))!;
    }
}
