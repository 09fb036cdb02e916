using CsCheck;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Export;

/// <summary>Batches for tests: chosen, and generated.</summary>
internal static class Batches
{
    public static readonly TraceId Trace = new(0x0102030405060708, 0x090a0b0c0d0e0f10);

    private static readonly string[] AwkwardTexts =
        ["", "task", "a \"quoted\" \\ line\r\n\t\b\0\u001f\u007f", "größer → 日本 🚀", "lone \ud800 surrogate", "\udc00", "\ud83d"];

    private static readonly Gen<string> Texts = Gen.OneOf(
        OneOf(AwkwardTexts),
        Gen.String[Gen.Char, 0, 40],
        Gen.Int[100, 3000].Select(n => new string('x', n)));

    private static readonly Gen<AttributeKey> Keys = Gen.OneOf(
        Gen.Int[0, 99].Select(n => new AttributeKey($"spark.key.{n}")),
        Texts.Select(t => new AttributeKey(t)));

    private static readonly Gen<double> Doubles = Gen.OneOf(
        Gen.Double,
        OneOf(0.0, -0.0, 1, 0.1, 1e300, 5e-324, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 123.456));

    private static readonly Gen<SpanAttribute> Attributes = Gen.OneOf(
        Gen.Select(Keys, Texts, (k, v) => new SpanAttribute(k, v)),
        Gen.Select(Keys, Gen.Long, (k, v) => new SpanAttribute(k, v)),
        Gen.Select(Keys, Gen.Int[-3, 300], (k, v) => new SpanAttribute(k, (long)v)),
        Gen.Select(Keys, Doubles, (k, v) => new SpanAttribute(k, v)),
        Gen.Select(Keys, Gen.Bool, (k, v) => new SpanAttribute(k, v)),
        Gen.Select(Keys, Texts.Array[0, 5], (k, v) => new SpanAttribute(k, v)),
        Gen.Select(Keys, Gen.Long.Array[0, 5], (k, v) => new SpanAttribute(k, v)));

    private static readonly Gen<ulong> Ids = Gen.ULong.Where(v => v != 0);

    private static readonly Gen<long> Times = Gen.Long[1, 4_000_000_000_000];

    private static readonly Gen<Action<SpanBatch>> Events =
        Gen.Select(Texts, Times, Attributes.Array[0, 3], (name, time, attributes) => new Action<SpanBatch>(batch =>
        {
            batch.AddEvent(name, time);
            Add(batch, attributes);
        }));

    private static readonly Gen<Action<SpanBatch>> Links =
        Gen.Select(Ids, Ids, Attributes.Array[0, 3], (trace, id, attributes) => new Action<SpanBatch>(batch =>
        {
            batch.AddLink(new TraceId(trace, 7), new SpanId(id));
            Add(batch, attributes);
        }));

    private static readonly Gen<Action<SpanBatch>> Spans = Gen.Select(
        Gen.Select(Texts, Ids, Ids, Gen.OneOf(Ids, Gen.Const(0ul))),
        Gen.Select(Times, Times, Gen.Int[0, 999_999], OneOf(SpanKind.Internal, SpanKind.Server, SpanKind.Client), Gen.Bool),
        Gen.Select(OneOf(SpanStatus.Unset, SpanStatus.Ok, SpanStatus.Error), Texts, Gen.Bool),
        Attributes.Array[0, 12],
        Gen.Select(Events.Array[0, 3], Links.Array[0, 3]),
        (identity, place, status, attributes, more) => new Action<SpanBatch>(batch =>
        {
            ref var span = ref batch.Begin(identity.Item1, new TraceId(identity.Item2, 1), new SpanId(identity.Item3),
                new SpanId(identity.Item4), place.Item1, place.Item2);
            span.Kind = place.Item4;
            span.ParentIsRemote = place.Item5;
            (span.StartNanos, span.EndNanos) = (place.Item3, 999_999 - place.Item3);
            span.Status = status.Item1;
            span.StatusMessage = status.Item3 ? status.Item2 : null;
            Add(batch, attributes);
            foreach (var add in more.Item1.Concat(more.Item2))
                add(batch);
            batch.End();
        }));

    /// <summary>Batches of any shape.</summary>
    public static readonly Gen<SpanBatch> Any =
        Gen.Select(Attributes.Array[0, 6], Spans.Array[1, 12], (resource, spans) =>
        {
            var batch = new SpanBatch { Resource = new SpanResource(resource) };
            foreach (var add in spans)
                add(batch);
            return batch;
        });

    /// <summary>So many small spans, with ids from <paramref name="firstId"/> on and a text of so many chars.</summary>
    public static SpanBatch Small(int count, int firstId = 1, int text = 10)
    {
        var batch = new SpanBatch { Resource = new SpanResource([new SpanAttribute(new AttributeKey("service.name"), "test")]) };
        for (var i = 0; i < count; i++)
        {
            batch.Begin("task", Trace, new SpanId((ulong)(firstId + i)), new SpanId(0xffff), 1000, 2000);
            batch.Set(new AttributeKey("text"), new string('x', text));
            batch.End();
        }
        return batch;
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static void Add(SpanBatch batch, SpanAttribute[] attributes)
    {
        foreach (var attribute in attributes)
            batch.Set(attribute);
    }
}
