using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>The jobs that run, and which job each of their stages belongs to.</summary>
internal sealed class Jobs(
    ApplicationSpan application, TraceScopes scopes, Operations operations, Batches batches, SqlExecutions executions, SpanOutput output)
{
    /// <summary>A driver runs some hundreds at once; more of them means that their ends were lost.</summary>
    private const int MaxOpen = 10_000;

    private readonly Dictionary<int, JobSpan> open = [];
    private readonly Dictionary<int, StageListing> listings = [];
    private readonly SeenIds seen = new();

    /// <summary>A stage as running jobs list it: the first one that did is its parent.</summary>
    internal sealed class StageListing(JobSpan job, StageInfo info)
    {
        public JobSpan Job { get; } = job;

        public StageInfo Info { get; } = info;

        /// <summary>Those that have not ended.</summary>
        public List<JobSpan> Running { get; } = [job];
    }

    public IReadOnlyCollection<JobSpan> Open => open.Values;

    public StageListing? ListingOf(int stageId) => listings.GetValueOrDefault(stageId);

    /// <summary>The job, as long as it runs.</summary>
    public JobSpan? Find(int jobId) => open.GetValueOrDefault(jobId);

    public bool HasSeen(int jobId) => seen.Contains(jobId);

    /// <param name="stageListedAgain">Is called for a stage that a running job lists already.</param>
    public bool Add(JobStart e, Action<int, JobSpan> stageListedAgain)
    {
        if (e.JobId < 0 || seen.Contains(e.JobId))
            return false;
        seen.Add(e.JobId);
        application.Jobs++;
        if (open.Count >= MaxOpen)
            Write(open.Values.First());
        var job = Place(e);
        open.Add(e.JobId, job);
        foreach (var stage in e.Stages.DistinctBy(stage => stage.StageId))
        {
            if (!listings.TryGetValue(stage.StageId, out var listing))
            {
                listings.Add(stage.StageId, new StageListing(job, stage));
                continue;
            }
            listing.Running.Add(job);
            stageListedAgain(stage.StageId, job);
        }
        return true;
    }

    public void Add(JobEnd e)
    {
        if (!open.TryGetValue(e.JobId, out var job))
            return;
        job.EndMs = e.Time;
        if (!e.Succeeded)
        {
            application.JobsFailed++;
            job.Failure = Failure.Of(e.FailureMessage ?? "The job failed", application.Text);
        }
        Write(job);
    }

    public void WriteAll()
    {
        foreach (var job in open.Values.ToList())
            Write(job);
    }

    private JobSpan Place(JobStart e)
    {
        var origin = JobOrigin.Of(e.Properties);
        var placement = Placement.Of(origin, application.Ids, application.Context);
        var sql = executions.Of(e.Properties);
        if (sql is not null)
            executions.JobStarted(sql, origin, e.Time);
        var operation = placement.Kind == ParentKind.Operation ? operations.Of(origin, e.Time) : null;
        var batch = placement.Kind == ParentKind.Batch ? batches.ChildStarted(origin.Batch!, e.Time, origin) : null;
        var scope = operation?.Scope ?? scopes.Of(placement);
        var sqlScope = sql is null ? null : executions.ScopeOf(sql);
        var belowSql = sqlScope?.Trace == scope.Trace;
        return new JobSpan
        {
            Id = application.Ids.Job(e.JobId),
            JobId = e.JobId,
            Start = e,
            StartMs = e.Time,
            Scope = belowSql ? sqlScope! : scope,
            Sql = sql,
            Batch = batch,
            LinksToSql = sql is not null && !belowSql,
            ParentId = belowSql ? sql!.Id : placement.Parent,
            ParentIsRemote = !belowSql && placement.Kind == ParentKind.Caller,
            Parent = belowSql ? sql : placement.Kind switch
            {
                ParentKind.Application => application,
                ParentKind.Operation => operation,
                ParentKind.Batch => batch,
                _ => null,
            },
        };
    }

    private void Write(JobSpan job)
    {
        open.Remove(job.JobId);
        var idle = Release(job);
        var notReached = job.Failure is null ? 0 : idle.Count - CountRead(job, idle);
        var failure = job.Failure;
        if (job.LinksToSql)
            job.Sql!.Scope ??= executions.ScopeOf(job.Sql);
        job.Write(idle.Count - notReached, notReached, output, application.Text);
        if (job.Sql is not null)
            executions.JobEnded(job.Sql, failure);
        if (job.Batch is not null)
            batches.ChildEnded(job.Batch, job.EndMs ?? output.LastEventMs, null);
    }

    /// <summary>Lets go of the job's stages, and answers those of which no attempt ran.</summary>
    private HashSet<int> Release(JobSpan job)
    {
        var idle = new HashSet<int>();
        foreach (var stage in job.Start!.Stages)
        {
            if (!job.StagesRun.Contains(stage.StageId))
                idle.Add(stage.StageId);
            if (listings.TryGetValue(stage.StageId, out var listing) && listing.Running.Remove(job) && listing.Running.Count == 0)
                listings.Remove(stage.StageId);
        }
        return idle;
    }

    /// <summary>How many of the idle stages were skipped, since a stage that ran reads their output, straight or through others.</summary>
    private static int CountRead(JobSpan job, HashSet<int> idle)
    {
        var read = new HashSet<int>();
        var parents = job.Start!.Stages.DistinctBy(stage => stage.StageId).ToDictionary(stage => stage.StageId, stage => stage.ParentIds);
        var next = new Stack<int>(parents.Keys.Where(stage => !idle.Contains(stage)));
        while (next.TryPop(out var stage))
        {
            foreach (var parent in parents.GetValueOrDefault(stage) ?? [])
            {
                if (idle.Contains(parent) && read.Add(parent))
                    next.Push(parent);
            }
        }
        return read.Count;
    }
}
