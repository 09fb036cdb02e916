using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>
/// The stage attempts that run. One is written when it has completed and its last started task has ended: failed and killed tasks
/// often end after their stage, and its totals are to be exact.
/// </summary>
internal sealed class Stages(
    ApplicationSpan application, TraceScopes scopes, SqlExecutions executions, Jobs jobs, TaskCalls calls, TaskSelectionLimits limits,
    TraceCounters counters, SpanOutput output)
{
    /// <summary>Completed stages whose last tasks have not ended: beyond these their ends were lost.</summary>
    private const int MaxWaiting = 1_000;

    /// <summary>Attempts that run: a driver has some hundreds.</summary>
    private const int MaxOpen = 10_000;

    /// <summary>Attempts that are written but remembered, for links and for what comes late.</summary>
    private const int MaxRemembered = 10_000;

    /// <summary>Of the attempts of one stage so many are linked to by what reads them; Spark gives a stage up after four in a row.</summary>
    private const int MaxOutputs = 16;

    private readonly Dictionary<(int Stage, int Attempt), StageSpan> open = [];
    private readonly LinkedList<StageSpan> waiting = new();
    private readonly RecentMap<(int Stage, int Attempt), StageSpan> written = new(MaxRemembered);
    private readonly RecentMap<int, List<SpanReference>> outputsByStage = new(MaxRemembered);

    /// <summary>The stage that last wrote the map side of the RDD's shuffle: a later job skips its own stage for it.</summary>
    private readonly RecentMap<int, int> stageByRdd = new(MaxRemembered);

    public void Add(StageSubmitted e)
    {
        var stage = e.Stage;
        if (stage.StageId < 0 || written.Contains((stage.StageId, stage.Attempt)) || open.GetValueOrDefault((stage.StageId, stage.Attempt)) is { Info: not null })
            return;
        var span = Get(stage, e.Properties);
        span.Info = stage;
        if (stage.SubmissionTime is { } time)
            span.StartMs = time;
        span.Inputs = InputsOf(stage);
        if (stage.Attempt > 0)
            span.Job?.AddRetry(span.StartMs, stage.StageId, stage.Attempt);
    }

    public void Add(StageCompleted e)
    {
        var stage = e.Stage;
        if (stage.StageId < 0 || written.Contains((stage.StageId, stage.Attempt)))
            return;
        var span = Get(stage, JobProperties.None);
        if (span.Completed)
            return;
        if (span.Info is null)
            span.Inputs = InputsOf(stage);
        span.Completed = true;
        span.Info = stage;
        span.StartMs = stage.SubmissionTime ?? span.StartMs;
        span.EndMs = stage.CompletionTime ?? output.LastEventMs;
        if (stage.FailureReason is { } reason)
        {
            application.StageAttemptsFailed++;
            span.Failure = Failure.Of(reason, application.Text);
        }
        if (span.Job?.Sql is { } sql)
        {
            foreach (var metric in stage.SqlMetrics)
                sql.RaiseMetric(metric);
        }
        RememberOutput(span, stage);
        if (span.RunningTasks == 0)
            Write(span);
        else
            waiting.AddLast(span);
        if (waiting.Count > MaxWaiting)
            Write(waiting.First!.Value);
    }

    /// <summary>The job needs a stage that another one lists, and that may run already.</summary>
    public void ListedAgain(int stageId, JobSpan job)
    {
        foreach (var span in open.Values)
        {
            if (span.StageId == stageId && !span.Completed)
            {
                span.AddFurtherJob(job.Reference);
                job.StagesRun.Add(stageId);
            }
        }
    }

    /// <summary>The attempt that a task belongs to, written or not; one that nothing told of begins with its first task.</summary>
    public StageSpan Of(int stageId, int attempt, long timeMs)
    {
        var key = (stageId, attempt);
        if (open.TryGetValue(key, out var span) || written.TryGetValue(key, out span))
            return span;
        return Open(stageId, attempt, jobs.ListingOf(stageId)?.Info.TaskCount ?? 0, timeMs, JobProperties.None);
    }

    public void WriteTask(StageSpan span, TaskEnd task)
    {
        TaskSpan.Write(span, task, application.Ids, application.Text, output);
        calls.TaskWritten(span, task.Task, task.Task.FinishTime);
    }

    public void TaskEnded(StageSpan span)
    {
        span.RunningTasks--;
        if (span is { Completed: true, Written: false, RunningTasks: 0 })
            Write(span);
    }

    public void WriteAll()
    {
        foreach (var span in open.Values.OrderBy(span => span.StageId).ThenBy(span => span.Attempt).ToList())
            Write(span);
    }

    private StageSpan Get(StageInfo stage, JobProperties properties) =>
        open.TryGetValue((stage.StageId, stage.Attempt), out var span)
            ? span
            : Open(stage.StageId, stage.Attempt, stage.TaskCount, stage.SubmissionTime ?? stage.CompletionTime ?? output.LastEventMs, properties);

    private StageSpan Open(int stageId, int attempt, int taskCount, long timeMs, JobProperties properties)
    {
        if (open.Count >= MaxOpen)
            Write(open.Values.First());
        application.StageAttempts++;
        var listing = jobs.ListingOf(stageId);
        var span = new StageSpan
        {
            Id = application.Ids.Stage(stageId, attempt),
            StageId = stageId,
            Attempt = attempt,
            Job = listing?.Job,
            StartMs = timeMs,
            Selection = new TaskSelection(limits, taskCount <= limits.WholeStage, counters),
        };
        if (listing is not null)
        {
            span.Scope = listing.Job.Scope;
            span.Parent = listing.Job;
            span.ParentId = listing.Job.Id;
            foreach (var job in listing.Running)
            {
                job.StagesRun.Add(stageId);
                if (job != listing.Job)
                    span.AddFurtherJob(job.Reference);
            }
        }
        else
        {
            PlaceWithoutJob(span, properties);
        }
        open.Add((stageId, attempt), span);
        return span;
    }

    /// <summary>The job's start was lost: its properties stand on the stage too.</summary>
    private void PlaceWithoutJob(StageSpan span, JobProperties properties)
    {
        if (executions.Of(properties) is { } sql)
        {
            span.Scope = executions.ScopeOf(sql);
            span.Parent = sql;
            span.ParentId = sql.Id;
            return;
        }
        var origin = JobOrigin.Of(properties) is { Caller: { } caller } ? new JobOrigin(null, null, caller) : JobOrigin.None;
        var placement = Placement.Of(origin, application.Ids, application.Context);
        span.Scope = scopes.Of(placement);
        span.ParentId = placement.Parent;
        span.ParentIsRemote = placement.Kind == ParentKind.Caller;
        span.Parent = placement.Kind == ParentKind.Application ? application : null;
    }

    /// <summary>
    /// The attempts whose shuffle output the stage reads: those of its parents; of a parent that was skipped, those of the last stage
    /// that wrote the same RDD's output.
    /// </summary>
    private List<SpanReference> InputsOf(StageInfo stage)
    {
        var inputs = new List<SpanReference>();
        foreach (var parent in stage.ParentIds.Distinct())
        {
            if (outputsByStage.TryGetValue(parent, out var own))
                inputs.AddRange(own);
            else if (jobs.ListingOf(parent)?.Info.RddId is { } rdd && stageByRdd.TryGetValue(rdd, out var earlier))
                inputs.AddRange(outputsByStage.GetValueOrDefault(earlier) ?? []);
        }
        return inputs;
    }

    /// <summary>An attempt that failed may have left output too: a retry runs only what is missing.</summary>
    private void RememberOutput(StageSpan span, StageInfo stage)
    {
        if (span.Tally is not { HasShuffleOutput: true })
            return;
        if (!outputsByStage.TryGetValue(stage.StageId, out var attempts))
            outputsByStage.Add(stage.StageId, attempts = []);
        if (attempts.Count < MaxOutputs)
            attempts.Add(span.Reference);
        if (stage.RddId is { } rdd)
            stageByRdd.Add(rdd, stage.StageId);
    }

    private void Write(StageSpan span)
    {
        var key = (span.StageId, span.Attempt);
        open.Remove(key);
        waiting.Remove(span);
        foreach (var task in span.Selection.TakeSlowest())
        {
            if (span.Selection.HasRoom(span.Scope))
                WriteTask(span, task);
            else
                calls.TaskLeftOut(span, task.Task.TaskId);
        }
        span.Write(output, application.Text);
        written.Add(key, span);
    }
}
