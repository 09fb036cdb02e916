using System.Globalization;
using System.Text.RegularExpressions;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>
/// The micro-batches that run. One is written when its progress is there, or its query has ended, and nothing below it runs.
/// A later batch of the same run means that the progress of the one before was lost.
/// </summary>
internal sealed partial class Batches(ApplicationSpan application, TraceScopes scopes, Operations operations, SpanOutput output)
{
    /// <summary>One a running query, and few run at once.</summary>
    private const int MaxOpen = 1_000;

    private const string AddBatchPhase = "addBatch";

    private readonly Dictionary<string, BatchSpan> open = [];
    private readonly RecentMap<string, BatchSpan> written = new(10_000);
    private readonly RecentMap<string, QueryStarted> queries = new(1_000);

    /// <summary>The operation that started a run: its batches outlive what is remembered of operations.</summary>
    private readonly RecentMap<string, SpanReference> starters = new(1_000);

    public void Add(QueryStarted e) => queries.Add(e.RunId, e);

    public void Add(QueryProgress e)
    {
        var key = new BatchKey(e.Id, e.RunId, e.BatchId.ToString(CultureInfo.InvariantCulture));
        // An idle trigger tells of the batch to come, which has not begun.
        if (!open.ContainsKey(key.ToString()) && !e.Phases.Any(phase => phase.Key == AddBatchPhase))
            return;
        var batch = Find(key, e.Time ?? output.LastEventMs);
        if (batch.Written)
            return;
        batch.Progress = e;
        batch.Name ??= e.Name;
        batch.StartMs = Math.Min(batch.StartMs, e.Time ?? batch.StartMs);
        WriteIfDone(batch);
    }

    public void Add(QueryTerminated e)
    {
        foreach (var batch in open.Values.Where(batch => batch.Key.RunId == e.RunId).ToList())
        {
            batch.QueryEnded = true;
            if (e.Exception is { Length: > 0 } exception)
                batch.Failure = Failure.Of(exception, application.Text);
            else
                batch.Stopped = true;
            WriteIfDone(batch);
        }
    }

    /// <summary>The batch that a SQL execution belongs to, by its description; for streams Spark puts id, run and batch there.</summary>
    public static BatchKey? KeyIn(string? description)
    {
        if (description is null || Description().Match(description) is not { Success: true } match)
            return null;
        return new BatchKey(match.Groups["id"].Value, match.Groups["run"].Value, match.Groups["batch"].Value);
    }

    /// <summary>A SQL execution or job of the batch began.</summary>
    public BatchSpan ChildStarted(BatchKey key, long timeMs, JobOrigin origin)
    {
        var batch = Find(key, timeMs);
        batch.RunningChildren++;
        if (batch.Written)
            return batch;
        batch.StartMs = Math.Min(batch.StartMs, timeMs);
        NoteStarter(batch, origin);
        return batch;
    }

    /// <param name="failure">Of a SQL execution at the top of the batch, or null.</param>
    public void ChildEnded(BatchSpan batch, long endMs, Failure? failure)
    {
        batch.RunningChildren--;
        batch.LastChildEndMs = Math.Max(batch.LastChildEndMs, endMs);
        batch.Failure ??= failure;
        WriteIfDone(batch);
    }

    public void WriteAll()
    {
        foreach (var batch in open.Values.ToList())
            Write(batch);
    }

    /// <summary>The batch, written or not; one that nothing told of begins now.</summary>
    private BatchSpan Find(BatchKey key, long timeMs)
    {
        var id = key.ToString();
        if (open.TryGetValue(id, out var batch) || written.TryGetValue(id, out batch))
            return batch;
        foreach (var earlier in open.Values.Where(other => other.Key.RunId == key.RunId && other.RunningChildren == 0).ToList())
        {
            earlier.QueryEnded = true;
            WriteIfDone(earlier);
        }
        if (open.Count >= MaxOpen)
            Write(open.Values.First());
        batch = new BatchSpan
        {
            Id = application.Ids.Batch(id),
            Key = key,
            StartMs = timeMs,
            Name = queries.GetValueOrDefault(key.RunId)?.Name,
            Application = application.Reference,
            Scope = scopes.Of(Placement.Of(new JobOrigin(key, null, null), application.Ids, application.Context)),
        };
        open.Add(id, batch);
        if (queries.GetValueOrDefault(key.RunId) is { JobTags: { Count: > 0 } tags })
            NoteStarter(batch, JobOrigin.Of(tags));
        return batch;
    }

    private void NoteStarter(BatchSpan batch, JobOrigin origin)
    {
        if (batch.Starter is not null)
            return;
        if (operations.ReferenceTo(origin.OperationId) is { } operation)
            starters.Add(batch.Key.RunId, operation);
        if (origin.OperationId is not null && starters.TryGetValue(batch.Key.RunId, out var starter))
        {
            batch.Starter = starter;
            batch.StarterType = LinkTypes.Operation;
        }
        else if (origin.Caller is { } caller)
        {
            batch.Starter = new SpanReference(new TraceScope(caller.Trace, caller.Sampled), caller.Span);
        }
    }

    private void WriteIfDone(BatchSpan batch)
    {
        if (batch.RunningChildren > 0 || (batch.Progress is null && !batch.QueryEnded) || batch.Written)
            return;
        batch.EndMs = batch.Progress is { Time: { } start } progress && DurationOf(progress) is { } duration
            ? Math.Max(start + duration, batch.LastChildEndMs)
            : Math.Max(batch.StartMs, batch.LastChildEndMs);
        // It committed: what failed on the way was tried again.
        if (batch.Progress is not null)
            batch.Failure = null;
        else if (batch.Stopped && batch.Failure is { } failure)
            batch.Failure = failure with { Type = ErrorTypes.Cancelled };
        Write(batch);
    }

    private static long? DurationOf(QueryProgress progress)
    {
        foreach (var (phase, milliseconds) in progress.Phases)
        {
            if (phase == "triggerExecution")
                return milliseconds;
        }
        return progress.BatchDuration;
    }

    private void Write(BatchSpan batch)
    {
        open.Remove(batch.Key.ToString());
        batch.Write(output, application.Text);
        written.Add(batch.Key.ToString(), batch);
    }

    [GeneratedRegex(@"(?:^|\n)id = (?<id>[0-9a-fA-F-]{1,64})\nrunId = (?<run>[0-9a-fA-F-]{1,64})\nbatch = (?<batch>[0-9]{1,19})$")]
    private static partial Regex Description();
}
