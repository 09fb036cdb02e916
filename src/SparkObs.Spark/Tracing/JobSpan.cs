using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>A job, below its SQL execution, batch, operation, caller or application.</summary>
internal sealed class JobSpan : OpenSpan
{
    /// <summary>A job whose stages are tried again and again: the rest is counted.</summary>
    private const int MaxRetryEvents = 100;

    private readonly List<(long TimeMs, int StageId, int Attempt)> retries = [];
    private int retriesOmitted;

    public required int JobId { get; init; }

    /// <summary>How it began; null once the span is written.</summary>
    public required JobStart? Start { get; set; }

    /// <summary>The stages of which an attempt ran while the job did.</summary>
    public HashSet<int> StagesRun { get; } = [];

    public SqlSpan? Sql { get; init; }

    public BatchSpan? Batch { get; init; }

    /// <summary>The SQL execution stands in another trace: the job links to it.</summary>
    public bool LinksToSql { get; init; }

    public Failure? Failure { get; set; }

    /// <summary>A marker has announced it.</summary>
    public bool IsMarked { get; set; }

    public void AddRetry(long timeMs, int stageId, int attempt)
    {
        if (Start is null)
            return;
        if (retries.Count < MaxRetryEvents)
            retries.Add((timeMs, stageId, attempt));
        else
            retriesOmitted++;
    }

    /// <summary>Writes the span and lets go of all but what tells who it was.</summary>
    /// <param name="skipped">Listed stages of which no attempt ran: their output was there already.</param>
    /// <param name="notReached">Listed stages that a failed or cancelled job did not come to.</param>
    public void Write(int skipped, int notReached, SpanOutput output, SafeText text)
    {
        if (Start is { } start)
            Write(start, skipped, notReached, output, text);
        Start = null;
        Failure = null;
        StagesRun.Clear();
        StagesRun.TrimExcess();
        retries.Clear();
    }

    private void Write(JobStart start, int skipped, int notReached, SpanOutput output, SafeText text)
    {
        var site = text.Name(CallSite(start));
        if (output.Begin(this, SpanNames.WithCallSite(SpanNames.Job, site)) is not { } batch)
            return;
        var properties = start.Properties;
        batch.Set(SparkAttributes.JobId, JobId);
        batch.Set(SparkAttributes.JobName, site);
        if (properties.ExecutionId is { } execution)
            batch.Set(SparkAttributes.ExecutionId, execution);
        if (EndMs is not null)
            batch.Set(SparkAttributes.JobResult, Failure is null ? "succeeded" : Failure.IsCancelled ? "cancelled" : "failed");
        batch.Set(SparkAttributes.JobGroup, properties.JobGroup is { } group ? text.Name(group) : null);
        if (properties.Tags is { Length: > 0 } tags)
            batch.Set(SparkAttributes.JobTags, Array.ConvertAll(tags.Split(','), text.NameInList));
        batch.Set(SparkAttributes.JobDescription, properties.Description is { } description ? text.Name(description) : null);
        batch.Set(SparkAttributes.JobPool, properties.Pool is { } pool ? text.Name(pool) : null);
        batch.Set(SparkAttributes.JobStages, start.StageCount);
        batch.Set(SparkAttributes.JobStagesSkipped, skipped);
        if (notReached > 0)
            batch.Set(SparkAttributes.JobStagesNotReached, notReached);
        if (retriesOmitted > 0)
            batch.Set(SparkAttributes.EventsOmitted, retriesOmitted);
        if (Failure is not null)
            batch.SetError(Failure);
        foreach (var (timeMs, stageId, attempt) in retries)
        {
            batch.AddEvent(SpanEventNames.StageRetried, timeMs);
            batch.Set(SparkAttributes.StageId, stageId);
            batch.Set(SparkAttributes.StageAttempt, attempt);
        }
        if (Failure is not null)
            batch.AddException(Failure, EndMs ?? output.LastEventMs);
        if (LinksToSql && Sql is not null)
            batch.AddLink(Sql.Reference, LinkTypes.SqlExecution);
        output.End();
    }

    /// <summary>The call site of the action; without one, as Spark's UI does, the name of the last stage.</summary>
    private static string CallSite(JobStart start)
    {
        if (start.Properties.CallSite is { Length: > 0 } site)
            return site;
        var last = start.Stages.Count == 0 ? null : start.Stages.MaxBy(stage => stage.StageId);
        return last?.Name ?? "";
    }
}
