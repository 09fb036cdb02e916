using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>The SQL executions that run. One is written when its end was told, and its jobs and those nested in it have ended.</summary>
internal sealed class SqlExecutions(ApplicationSpan application, TraceScopes scopes, Operations operations, Batches batches, SpanOutput output)
{
    /// <summary>A driver runs some tens at once.</summary>
    private const int MaxOpen = 1_000;

    /// <summary>Plans of all that are open: some hundred of the largest ones, and what a bridge may hold for each of its applications.</summary>
    private const long MaxPlanBytes = 64 * 1024 * 1024;

    /// <summary>Executions that are written but remembered: a broadcast's job or a nested execution may begin after the end.</summary>
    private const int MaxRemembered = 10_000;

    private readonly Dictionary<long, SqlSpan> open = [];
    private readonly RecentMap<long, SqlSpan> written = new(MaxRemembered);
    private readonly SeenIds seen = new();
    private long planBytes;

    public bool Add(SqlExecutionStart e)
    {
        if (e.ExecutionId < 0 || seen.Contains(e.ExecutionId))
            return false;
        seen.Add(e.ExecutionId);
        application.SqlExecutions++;
        if (open.Count >= MaxOpen)
            Write(open.Values.First());
        var named = e.RootExecutionId != e.ExecutionId ? Find(e.RootExecutionId) : null;
        var root = named?.Root ?? named;
        var sql = SqlSpan.Of(e, root, application.Ids.Sql(e.ExecutionId));
        open.Add(e.ExecutionId, sql);
        AddPlan(sql.PlanBytes);
        if (root is null)
            Place(sql, e);
        else
            root.RunningChildren++;
        return true;
    }

    public void Add(SqlExecutionEnd e)
    {
        if (!open.TryGetValue(e.ExecutionId, out var sql) || sql.EndMs is not null)
            return;
        sql.EndMs = e.Time;
        sql.ErrorMessage = e.ErrorMessage;
        WriteIfDone(sql);
    }

    public void Add(SqlPlanUpdate e)
    {
        if (!open.TryGetValue(e.ExecutionId, out var sql))
            return;
        var before = sql.PlanBytes;
        sql.Replan(e.Plan);
        AddPlan(sql.PlanBytes - before);
    }

    public void Add(SqlMetricUpdate e) => open.GetValueOrDefault(e.ExecutionId)?.AddCachedMetrics(e.Metrics);

    public void Add(DriverAccumUpdates e)
    {
        if (!open.TryGetValue(e.ExecutionId, out var sql))
            return;
        foreach (var update in e.Updates)
            sql.SetMetric(update);
    }

    /// <summary>The execution of a job or stage, written or not; the root of one that nothing told of.</summary>
    public SqlSpan? Of(JobProperties properties) => Find(properties.ExecutionId) ?? Find(properties.RootExecutionId);

    /// <summary>A job of the execution began: the first one tells where an execution stands that does not say so itself.</summary>
    public void JobStarted(SqlSpan sql, JobOrigin origin, long timeMs)
    {
        sql.Jobs++;
        sql.RunningChildren++;
        if (Top(sql).Scope is null)
            Place(Top(sql), origin, timeMs);
    }

    public void JobEnded(SqlSpan sql, Failure? failure)
    {
        sql.RunningChildren--;
        if (failure is not null)
        {
            sql.JobsFailed++;
            sql.JobFailure ??= failure;
        }
        WriteIfDone(sql);
    }

    /// <summary>Where the execution stands; one that nothing has placed yet stands below the application.</summary>
    public TraceScope ScopeOf(SqlSpan sql)
    {
        var top = Top(sql);
        if (top.Scope is null)
            Place(top, JobOrigin.None, top.StartMs);
        return top.Scope!;
    }

    /// <summary>Where the execution stands; null for one that nothing has placed yet.</summary>
    public static TraceScope? KnownScopeOf(SqlSpan sql) => Top(sql).Scope;

    public bool HasSeen(long executionId) => seen.Contains(executionId);

    public void WriteAll()
    {
        foreach (var sql in open.Values.OrderByDescending(sql => sql.ExecutionId).ToList())
        {
            if (!sql.Written)
                Write(sql);
        }
    }

    /// <summary>Where all take too much, the oldest ones lose their plans.</summary>
    private void AddPlan(long bytes)
    {
        planBytes += bytes;
        while (planBytes > MaxPlanBytes && open.Values.Where(sql => sql.PlanBytes > 0).MinBy(sql => sql.ExecutionId) is { } oldest)
        {
            planBytes -= oldest.PlanBytes;
            oldest.OmitPlan();
        }
    }

    private static SqlSpan Top(SqlSpan sql) => sql.Root ?? sql;

    /// <summary>The execution, written or not.</summary>
    public SqlSpan? Find(long? executionId) => executionId is { } id ? open.GetValueOrDefault(id) ?? written.GetValueOrDefault(id) : null;

    /// <summary>By its description (streams) or tags, as far as they tell.</summary>
    private void Place(SqlSpan sql, SqlExecutionStart start)
    {
        var tagged = JobOrigin.Of(start.JobTags);
        if (Batches.KeyIn(start.Description) is { } batch)
            Place(sql, tagged with { Batch = batch }, sql.StartMs);
        else if (!tagged.IsNone)
            Place(sql, tagged, sql.StartMs);
    }

    private void Place(SqlSpan sql, JobOrigin origin, long timeMs)
    {
        var placement = Placement.Of(origin, application.Ids, application.Context);
        sql.Scope = scopes.Of(placement);
        sql.ParentId = placement.Parent;
        sql.ParentIsRemote = placement.Kind == ParentKind.Caller;
        switch (placement.Kind)
        {
            case ParentKind.Application:
                sql.Parent = application;
                break;
            case ParentKind.Operation when operations.Of(origin, timeMs) is { } operation:
                sql.Parent = operation;
                sql.Scope = operation.Scope;
                break;
            case ParentKind.Batch:
                sql.Parent = sql.Batch = batches.ChildStarted(origin.Batch!, sql.StartMs, origin);
                break;
        }
    }

    private void WriteIfDone(SqlSpan sql)
    {
        if (sql is { EndMs: not null, RunningChildren: 0, Written: false })
            Write(sql);
    }

    private void Write(SqlSpan sql)
    {
        open.Remove(sql.ExecutionId);
        planBytes -= sql.PlanBytes;
        sql.Scope = ScopeOf(sql);
        if (sql.Root is { } root)
        {
            sql.Parent = root;
            sql.ParentId = root.Id;
        }
        var failure = sql.FailureOf(application.Text);
        if (sql.Root is not null && failure is { IsCancelled: true })
            sql.Root.JobFailure ??= failure;
        sql.Write(failure, output, application.Text);
        written.Add(sql.ExecutionId, sql);
        if (sql.Root is not null)
        {
            sql.Root.RunningChildren--;
            WriteIfDone(sql.Root);
        }
        if (sql.Batch is { } batch)
            batches.ChildEnded(batch, sql.EndMs ?? output.LastEventMs, failure);
    }
}
