namespace SparkObs.Spark.Tracing;

/// <summary>
/// Spans of no length that announce what runs: an application at once, a job that takes long. Backends show a trace only once a span
/// of it has come, and the real spans come when they have ended. Live only; a marker is a child of the span that it announces.
/// </summary>
internal sealed class Markers(ApplicationSpan application, Jobs jobs, SpanOutput output)
{
    /// <summary>Most jobs are shorter, and whoever looks for one that runs has waited for it.</summary>
    private const long LongJobMs = 10_000;

    private const string Kind = "open";

    private bool applicationMarked;

    public void Write(long nowMs)
    {
        if (!applicationMarked && application.IsSettled)
        {
            applicationMarked = true;
            WriteApplication();
        }
        foreach (var job in jobs.Open)
        {
            if (job.IsMarked || job.EndMs is not null || nowMs - job.StartMs < LongJobMs)
                continue;
            job.IsMarked = true;
            WriteJob(job);
        }
    }

    private void WriteApplication()
    {
        var id = application.Ids.Id(Kind, "app.");
        if (Begin(SpanNames.ApplicationStarted, id, application) is not null)
            output.End();
    }

    private void WriteJob(JobSpan job)
    {
        var id = application.Ids.Id(Kind, $"job.{job.JobId}");
        if (Begin(SpanNames.JobStarted, id, job) is not { } batch)
            return;
        batch.Set(SparkAttributes.JobId, job.JobId);
        if (job.Start?.Properties.ExecutionId is { } execution)
            batch.Set(SparkAttributes.ExecutionId, execution);
        output.End();
    }

    private SpanBatch? Begin(string name, SpanId id, OpenSpan announced)
    {
        if (announced.Scope is not { Sampled: true } scope)
            return null;
        var batch = output.Begin(scope, name, id, announced.Id, announced.StartMs, announced.StartMs, parent: null);
        batch?.Set(SparkAttributes.Marker, true);
        return batch;
    }
}
