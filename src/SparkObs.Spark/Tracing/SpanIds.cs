using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SparkObs.Spark.Tracing;

/// <summary>
/// Ids as a function of what they identify: whoever knows an application's seed can compute the id of any of its spans.
/// A span id is the first 8 bytes of SHA-256 of <c>seed|kind|key</c> in UTF-8. The JVM side has a twin; tests/vectors/ids.json holds both.
/// </summary>
internal sealed class SpanIds
{
    private readonly byte[] prefix;

    /// <param name="seed">32 lower-case hex digits, see <see cref="SeedOf"/>.</param>
    public SpanIds(string seed)
    {
        Seed = seed;
        prefix = Encoding.UTF8.GetBytes(seed + "|");
        Application = Id("app", "");
    }

    public string Seed { get; }

    public SpanId Application { get; }

    public SpanId Sql(long executionId) => Id("sql"u8, executionId);

    public SpanId Job(int jobId) => Id("job"u8, jobId);

    public SpanId Stage(int stageId, int attempt) => Id("stage", string.Create(CultureInfo.InvariantCulture, $"{stageId}.{attempt}"));

    public SpanId Task(long taskId) => Id("task"u8, taskId);

    public SpanId ShuffleRead(long taskId) => Id("shuffle"u8, taskId, ".read"u8);

    public SpanId ShuffleWrite(long taskId) => Id("shuffle"u8, taskId, ".write"u8);

    /// <param name="key"><c>queryId.runId.batchId</c></param>
    public SpanId Batch(string key) => Id("batch", key);

    public SpanId Operation(string operationId) => Id("op", operationId);

    public SpanId Id(string kind, string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Seed}|{kind}|{key}"), hash);
        return FromHash(hash);
    }

    /// <summary>The id of a trace that a micro-batch or an operation has for itself: a stream may run for months.</summary>
    public TraceId OwnTrace(string kind, string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Seed}|trace|{kind}|{key}"), hash);
        return TraceId.FromBytes(hash);
    }

    /// <summary>The seed of an application whose conf has no <c>spark.sparkobs.id</c>: 16 bytes of SHA-256 over its id and attempt.</summary>
    public static string SeedOf(string appId, string? attemptId)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"sparkobs|{appId}|{attemptId}"), hash);
        return TraceId.FromBytes(hash).ToString();
    }

    /// <summary>The way of tasks and their shuffles, three a task: no allocation.</summary>
    private SpanId Id(ReadOnlySpan<byte> kind, long key, ReadOnlySpan<byte> suffix = default)
    {
        Span<byte> text = stackalloc byte[128];
        prefix.CopyTo(text);
        var at = prefix.Length;
        kind.CopyTo(text[at..]);
        at += kind.Length;
        text[at++] = (byte)'|';
        key.TryFormat(text[at..], out var digits, default, CultureInfo.InvariantCulture);
        at += digits;
        suffix.CopyTo(text[at..]);
        at += suffix.Length;

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..at], hash);
        return FromHash(hash);
    }

    /// <summary>An id of zeros means "none" (W3C Trace Context), so the one hash in 2^64 becomes 1.</summary>
    private static SpanId FromHash(ReadOnlySpan<byte> hash)
    {
        var id = SpanId.FromBytes(hash);
        return id.IsNone ? new SpanId(1) : id;
    }
}
