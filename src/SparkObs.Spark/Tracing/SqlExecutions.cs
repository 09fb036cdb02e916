using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>The SQL executions that run. One is written when its end was told and its last job has ended.</summary>
internal sealed class SqlExecutions(ApplicationSpan application, TraceScopes scopes, Operations operations, Batches batches, SpanOutput output)
{
    /// <summary>A driver runs some tens at once. With plans of 64 KiB and their nodes this is the bound of what they may take.</summary>
    private const int MaxOpen = 1_000;

    private readonly Dictionary<long, SqlSpan> open = [];
    private readonly SeenIds seen = new();

    public bool Add(SqlExecutionStart e)
    {
        if (e.ExecutionId < 0 || seen.Contains(e.ExecutionId))
            return false;
        seen.Add(e.ExecutionId);
        application.SqlExecutions++;
        if (open.Count >= MaxOpen)
            Write(open.Values.First());
        var root = e.RootExecutionId is { } id && id != e.ExecutionId ? open.GetValueOrDefault(id) : null;
        var sql = SqlSpan.Of(e, root?.Root ?? root, application.Ids.Sql(e.ExecutionId));
        open.Add(e.ExecutionId, sql);
        Place(sql);
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

    public void Add(SqlPlanUpdate e) => open.GetValueOrDefault(e.ExecutionId)?.Replan(e.Plan);

    public void Add(SqlMetricUpdate e) => open.GetValueOrDefault(e.ExecutionId)?.AddCachedMetrics(e.Metrics);

    public void Add(DriverAccumUpdates e)
    {
        if (!open.TryGetValue(e.ExecutionId, out var sql))
            return;
        foreach (var update in e.Updates)
            sql.SetMetric(update);
    }

    public SqlSpan? Find(long? executionId) => executionId is { } id ? open.GetValueOrDefault(id) : null;

    /// <summary>A job of the execution began: the first one tells where an execution stands that does not say so itself.</summary>
    public void JobStarted(SqlSpan sql, JobOrigin origin, long timeMs)
    {
        sql.Jobs++;
        sql.RunningJobs++;
        if (Top(sql).Scope is null)
            Place(Top(sql), origin, timeMs);
    }

    public void JobEnded(SqlSpan sql, Failure? failure)
    {
        sql.RunningJobs--;
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

    public void WriteAll()
    {
        foreach (var sql in open.Values.OrderByDescending(sql => sql.Start.ExecutionId).ToList())
            Write(sql);
    }

    private static SqlSpan Top(SqlSpan sql) => sql.Root ?? sql;

    /// <summary>By its description (streams) or tags, as far as they tell.</summary>
    private void Place(SqlSpan sql)
    {
        if (sql.Root is not null)
            return;
        var tagged = JobOrigin.Of(sql.Start.JobTags);
        if (Batches.KeyIn(sql.Start.Description) is { } batch)
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
            case ParentKind.Operation:
                sql.Parent = operations.Of(origin, timeMs);
                break;
            case ParentKind.Batch:
                sql.Parent = sql.Batch = batches.ChildStarted(origin.Batch!, sql.StartMs, origin);
                break;
        }
    }

    private void WriteIfDone(SqlSpan sql)
    {
        if (sql.EndMs is not null && sql.RunningJobs == 0 && open.ContainsKey(sql.Start.ExecutionId))
            Write(sql);
    }

    private void Write(SqlSpan sql)
    {
        open.Remove(sql.Start.ExecutionId);
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
        if (sql.Batch is { } batch)
            batches.ChildEnded(batch, sql.EndMs ?? output.LastEventMs, failure);
    }
}
