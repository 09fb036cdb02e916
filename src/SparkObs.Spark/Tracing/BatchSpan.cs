using System.Collections.Concurrent;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>A streaming micro-batch, in a trace of its own, with links to the application and to whoever started the stream.</summary>
internal sealed class BatchSpan : OpenSpan
{
    /// <summary>Spark names some ten phases; a stream of a Spark to come may name a few more.</summary>
    private const int MaxPhases = 64;

    private static readonly ConcurrentDictionary<string, AttributeKey> PhaseKeys = new();

    public required BatchKey Key { get; init; }

    public string? Name { get; set; }

    /// <summary>Whose properties the stream's thread inherited.</summary>
    public SpanReference? Starter { get; set; }

    public string StarterType { get; set; } = LinkTypes.Caller;

    public required SpanReference Application { get; init; }

    public QueryProgress? Progress { get; set; }

    /// <summary>The query has ended: there is no progress to come.</summary>
    public bool QueryEnded { get; set; }

    /// <summary>The query ended without an exception: what the end broke off was cancelled.</summary>
    public bool Stopped { get; set; }

    public Failure? Failure { get; set; }

    /// <summary>SQL executions and jobs below it that have not ended.</summary>
    public int RunningChildren { get; set; }

    public long LastChildEndMs { get; set; }

    public bool Written { get; private set; }

    /// <summary>Writes the span and lets go of all but what tells who it was.</summary>
    public void Write(SpanOutput output, SafeText text)
    {
        WriteSpan(output, text);
        Written = true;
        Progress = null;
        Failure = null;
    }

    private void WriteSpan(SpanOutput output, SafeText text)
    {
        var query = Name is { Length: > 0 } name ? text.Name(name) : null;
        if (output.Begin(this, query is null ? SpanNames.Batch : $"{SpanNames.Batch} {query}") is not { } batch)
            return;
        // A batch is also told by the properties of its jobs, which users can set.
        batch.Set(SparkAttributes.QueryId, text.Name(Key.QueryId));
        batch.Set(SparkAttributes.QueryName, query);
        batch.Set(SparkAttributes.RunId, text.Name(Key.RunId));
        if (long.TryParse(Key.BatchId, out var id))
            batch.Set(SparkAttributes.BatchId, id);
        if (Progress is not null)
            WriteProgress(batch, Progress, text);
        if (Failure is not null)
        {
            batch.SetError(Failure);
            batch.AddException(Failure, EndMs ?? output.LastEventMs);
        }
        batch.AddLink(Application, LinkTypes.Application);
        if (Starter is { } starter)
            batch.AddLink(starter, StarterType);
        output.End();
    }

    private static void WriteProgress(SpanBatch batch, QueryProgress progress, SafeText text)
    {
        foreach (var (phase, milliseconds) in progress.Phases.Take(MaxPhases))
        {
            if (PhaseKey(phase) is { } key)
                batch.Set(key, milliseconds / 1e3);
        }
        batch.Set(SparkAttributes.BatchWatermark, progress.Watermark is { } watermark ? text.Name(watermark) : null);
        WriteSources(batch, progress.Sources, text);
        batch.Set(SparkAttributes.BatchSink, progress.Sink is { } sink ? text.Name(sink) : null);
        if (progress.SinkRows is >= 0 and { } rows)
            batch.Set(SparkAttributes.BatchOutputRows, rows);
        Sum(batch, SparkAttributes.StateRows, progress.StateOperators, state => state.RowsTotal);
        Sum(batch, SparkAttributes.StateRowsUpdated, progress.StateOperators, state => state.RowsUpdated);
        Sum(batch, SparkAttributes.StateRowsRemoved, progress.StateOperators, state => state.RowsRemoved);
        Sum(batch, SparkAttributes.StateRowsDropped, progress.StateOperators, state => state.RowsDroppedByWatermark);
        Sum(batch, SparkAttributes.StateMemory, progress.StateOperators, state => state.MemoryUsed);
    }

    private static void WriteSources(SpanBatch batch, IReadOnlyList<StreamSource> sources, SafeText text)
    {
        if (sources.Count == 0)
            return;
        Sum(batch, SparkAttributes.BatchInputRows, sources, source => source.InputRows);
        var rates = sources.Where(source => source.ProcessedRowsPerSecond is { } rate && double.IsFinite(rate)).ToList();
        if (rates.Count > 0)
            batch.Set(SparkAttributes.BatchProcessedRate, rates.Sum(source => source.ProcessedRowsPerSecond!.Value));
        batch.Set(SparkAttributes.BatchSources, [.. sources.Select(source => text.NameInList(source.Description ?? ""))]);
        batch.Set(SparkAttributes.BatchEndOffsets, [.. sources.Select(source => text.NameInList(source.EndOffset ?? ""))]);
        Sum(batch, SparkAttributes.BatchOffsetsBehind, sources, source => source.MaxOffsetsBehindLatest);
    }

    private static void Sum<T>(SpanBatch batch, AttributeKey key, IReadOnlyList<T> items, Func<T, long?> value)
    {
        if (items.Any(item => value(item) is not null))
            batch.Set(key, items.Sum(item => value(item) ?? 0));
    }

    private static AttributeKey? PhaseKey(string phase)
    {
        if (PhaseKeys.TryGetValue(phase, out var key))
            return key;
        if (PhaseKeys.Count >= MaxPhases || phase.Length > 64 || !phase.All(char.IsAsciiLetterOrDigit))
            return null;
        return PhaseKeys.GetOrAdd(phase, new AttributeKey(SparkAttributes.BatchPhasePrefix + phase));
    }
}
