using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>A stage attempt, from its submission to the end of its last task; afterwards it is still known for what comes late.</summary>
internal sealed class StageSpan : OpenSpan
{
    /// <summary>Of a stage shared by more jobs the rest is not linked: a span must not grow without end.</summary>
    private const int MaxFurtherJobs = 128;

    private List<SpanReference>? furtherJobs;

    public required int StageId { get; init; }

    public required int Attempt { get; init; }

    public JobSpan? Job { get; init; }

    public StageInfo? Info { get; set; }

    /// <summary>What its tasks add up to; null once the span is written.</summary>
    public StageTally? Tally { get; private set; } = new();

    public required TaskSelection Selection { get; init; }

    /// <summary>The attempts whose shuffle output this one reads.</summary>
    public IReadOnlyList<SpanReference> Inputs { get; set; } = [];

    public Failure? Failure { get; set; }

    /// <summary>StageCompleted was there.</summary>
    public bool Completed { get; set; }

    public bool Written => Tally is null;

    /// <summary>Tasks that have started and not ended.</summary>
    public int RunningTasks { get; set; }

    /// <summary>Calls without a span, as their tasks have none.</summary>
    public long CallsOfOmittedTasks { get; set; }

    /// <summary>Calls without a span, beyond what one task may have.</summary>
    public long CallsBeyondLimit { get; set; }

    public void AddFurtherJob(SpanReference job)
    {
        furtherJobs ??= [];
        if (furtherJobs.Count < MaxFurtherJobs)
            furtherJobs.Add(job);
    }

    /// <summary>Writes the span and lets go of all but what tells who it was.</summary>
    public void Write(SpanOutput output, SafeText text)
    {
        var site = Info is null ? null : text.Name(Info.Name);
        if (output.Begin(this, SpanNames.WithCallSite(SpanNames.Stage, site)) is { } batch)
        {
            batch.Set(SparkAttributes.StageId, StageId);
            batch.Set(SparkAttributes.StageAttempt, Attempt);
            batch.Set(SparkAttributes.StageName, site);
            if (Job is not null)
                batch.Set(SparkAttributes.JobId, Job.JobId);
            if (Info is not null)
                batch.Set(SparkAttributes.StageTasks, Info.TaskCount);
            Tally?.Write(batch);
            if (RunningTasks > 0)
                batch.Set(SparkAttributes.StageTasksUnfinished, RunningTasks);
            WriteOmitted(batch);
            WriteCallsOmitted(batch);
            if (Failure is not null)
            {
                batch.SetError(Failure);
                batch.AddException(Failure, EndMs ?? output.LastEventMs);
            }
            foreach (var input in Inputs)
                batch.AddLink(input, LinkTypes.ShuffleInput);
            foreach (var job in furtherJobs ?? [])
                batch.AddLink(job, LinkTypes.Job);
            output.End();
        }
        Tally = null;
        Info = null;
        Failure = null;
        Inputs = [];
        furtherJobs = null;
    }

    private void WriteOmitted(SpanBatch batch)
    {
        var omitted = Selection.OmittedOrdinary + Selection.OmittedStageLimit + Selection.OmittedTraceLimit;
        if (omitted == 0)
            return;
        batch.Set(SparkAttributes.TasksOmitted, omitted);
        batch.Set(SparkAttributes.TasksOmittedOrdinary, Selection.OmittedOrdinary);
        batch.Set(SparkAttributes.TasksOmittedNotable, Selection.OmittedStageLimit);
        batch.Set(SparkAttributes.TasksOmittedTrace, Selection.OmittedTraceLimit);
    }

    private void WriteCallsOmitted(SpanBatch batch)
    {
        if (CallsOfOmittedTasks + CallsBeyondLimit == 0)
            return;
        batch.Set(SparkAttributes.CallsOmitted, CallsOfOmittedTasks + CallsBeyondLimit);
        batch.Set(SparkAttributes.CallsOmittedTask, CallsOfOmittedTasks);
        batch.Set(SparkAttributes.CallsOmittedLimit, CallsBeyondLimit);
    }
}
