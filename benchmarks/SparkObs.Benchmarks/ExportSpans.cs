using SparkObs.Spark.Tracing;

namespace SparkObs.Benchmarks;

/// <summary>Task-like spans: 30 attributes with values as a task's end has them.</summary>
internal static class ExportSpans
{
    public const int Attributes = 30;

    private static readonly TraceId Trace = new(0x4bf92f3577b34da6, 0xa3ce929d0e0e4736);

    private static readonly AttributeKey[] Texts = Keys("executor.id", "host", "locality", "status");
    private static readonly AttributeKey[] Ids = Keys("stage.id", "stage.attempt", "id", "index", "attempt");
    private static readonly AttributeKey[] Seconds =
        Keys("duration", "executor_run_time", "executor_cpu_time", "executor_deserialize_time", "executor_deserialize_cpu_time",
            "jvm_gc_time", "result_serialization_time", "shuffle_fetch_wait_time", "shuffle_write_time");
    private static readonly AttributeKey[] Bytes =
        Keys("result_size", "peak_execution_memory", "input_bytes", "input_records", "output_bytes", "output_records",
            "shuffle_read_bytes", "shuffle_read_records", "shuffle_write_bytes", "shuffle_write_records", "spill_memory");
    private static readonly AttributeKey Speculative = new("spark.task.speculative");

    private static readonly string[] Hosts = [.. Enumerable.Range(0, 16).Select(i => $"10.0.{i}.17")];
    private static readonly string[] Executors = [.. Enumerable.Range(0, 16).Select(i => i.ToString("D2"))];

    public static SpanResource Resource { get; } = new(
    [
        new SpanAttribute(new AttributeKey("service.name"), "nightly report"),
        new SpanAttribute(new AttributeKey("service.instance.id"), "app-20260101120000-0001"),
        new SpanAttribute(new AttributeKey("spark.version"), "3.5.3"),
    ]);

    /// <summary>Adds so many spans to the batch.</summary>
    public static void Fill(SpanBatch batch, int count, int first)
    {
        batch.Resource = Resource;
        for (var i = first; i < first + count; i++)
        {
            batch.Begin("task", Trace, new SpanId((ulong)i + 1), new SpanId(0xabcdef), 1_700_000_000_000 + i, 1_700_000_000_731 + i);
            Set(i, batch, static (b, key, value) => b.Set(key, value), static (b, key, value) => b.Set(key, value),
                static (b, key, value) => b.Set(key, value), static (b, key, value) => b.Set(key, value));
            batch.End();
        }
    }

    /// <summary>Gives the attributes of the span with this number, one after the other, to the function of their type.</summary>
    public static void Set<T>(int i, T target, Action<T, AttributeKey, string> text, Action<T, AttributeKey, long> number,
        Action<T, AttributeKey, double> real, Action<T, AttributeKey, bool> flag)
    {
        text(target, Texts[0], Executors[i & 15]);
        text(target, Texts[1], Hosts[i & 15]);
        text(target, Texts[2], "NODE_LOCAL");
        text(target, Texts[3], "SUCCESS");
        for (var k = 0; k < Ids.Length; k++)
            number(target, Ids[k], i >> (4 * k));
        for (var k = 0; k < Seconds.Length; k++)
            real(target, Seconds[k], (i * 31 + k * 977) % 100_000 / 1000.0);
        for (var k = 0; k < Bytes.Length; k++)
            number(target, Bytes[k], (i * 7919L + k * 104_729L) % 1_000_000_007);
        flag(target, Speculative, (i & 63) == 0);
    }

    private static AttributeKey[] Keys(params string[] names) => [.. names.Select(n => new AttributeKey("spark.task." + n))];
}
