using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>A streaming micro-batch: its key is <c>queryId.runId.batchId</c>.</summary>
internal sealed record BatchKey(string QueryId, string RunId, string BatchId)
{
    public override string ToString() => $"{QueryId}.{RunId}.{BatchId}";
}

/// <summary>
/// Where a job comes from, as its local properties say (executors find the same in <c>TaskContext</c>): a micro-batch,
/// a Spark Connect operation, a caller's span, or nothing of these. A twin is in the JVM; tests/vectors/parents.json holds both.
/// </summary>
internal sealed record JobOrigin(BatchKey? Batch, string? OperationId, Traceparent? Caller)
{
    private const string OperationTag = "SparkConnect_OperationTag_User_";
    private const string OperationMark = "_Operation_";
    private const string CallerMark = "traceparent=";

    public static JobOrigin None { get; } = new(null, null, null);

    public bool IsNone => Batch is null && OperationId is null && Caller is null;

    public static JobOrigin Of(JobProperties properties)
    {
        var tags = properties.Tags?.Split(',') ?? [];
        var batch = properties is { StreamingQueryId: { } query, JobGroup: { } run, StreamingBatchId: { } id } ? new BatchKey(query, run, id) : null;
        var caller = Traceparent.TryParse(properties.Traceparent, out var parent) ? parent : CallerIn(tags);
        return Of(batch, OperationIn(tags), caller);
    }

    /// <summary>The origin of a SQL execution or a stream, of which only the tags are known.</summary>
    public static JobOrigin Of(IReadOnlyList<string> tags) => Of(null, OperationIn(tags), CallerIn(tags));

    private static JobOrigin Of(BatchKey? batch, string? operation, Traceparent? caller) =>
        batch is null && operation is null && caller is null ? None : new JobOrigin(batch, operation, caller);

    private static string? OperationIn(IEnumerable<string> tags)
    {
        foreach (var tag in tags)
        {
            var mark = tag.LastIndexOf(OperationMark, StringComparison.Ordinal);
            if (mark > 0 && mark + OperationMark.Length < tag.Length && tag.StartsWith(OperationTag, StringComparison.Ordinal))
                return tag[(mark + OperationMark.Length)..];
        }
        return null;
    }

    /// <summary>
    /// Of the tags that are or end in <c>traceparent=…</c> (Connect puts user and session before a client's tag) the first in ordinal
    /// order that can be read: tags are a set, in no order.
    /// </summary>
    private static Traceparent? CallerIn(IEnumerable<string> tags)
    {
        Traceparent? first = null;
        string? firstTag = null;
        foreach (var tag in tags)
        {
            var mark = tag.LastIndexOf(CallerMark, StringComparison.Ordinal);
            if (mark < 0 || (firstTag is not null && string.CompareOrdinal(tag, firstTag) >= 0))
                continue;
            if (Traceparent.TryParse(tag.AsSpan(mark + CallerMark.Length), out var parent))
                (first, firstTag) = (parent, tag);
        }
        return first;
    }
}
