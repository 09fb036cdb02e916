using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>
/// Calls outside of tasks: the driver's, below the SQL execution or the job that ran on the calling thread; and those of which nobody
/// could tell the task, below the application. They wait until it is decided in which trace their parent stands.
/// </summary>
internal sealed class OutsideCalls(
    ApplicationSpan application, SqlExecutions executions, Jobs jobs, CallSpans spans, WaitingCalls waiting, TraceCounters counters)
{
    /// <summary>Call spans of one SQL execution or job: more hide what is below it. A listing of many files makes some hundred calls.</summary>
    private const int MaxOfParent = 1_000;

    /// <summary>Call spans of the application itself, which may run for months.</summary>
    private const int MaxOfApplication = 10_000;

    public void Add(CallsEvent e)
    {
        var owner = OwnerOf(e);
        var parent = ParentOf(owner);
        foreach (var call in e.Calls)
        {
            if (parent is { } known)
                Write(known, call, e.ExecutorId);
            else
                waiting.Add(owner, call, e.ExecutorId, MaxOfParent);
        }
    }

    /// <summary>An event may have placed what calls wait for.</summary>
    public void Release()
    {
        if (waiting.AnyOutside)
            Release(otherwise: null);
    }

    /// <summary>No events come: what waits stands below its parent if that was told of, else below the application.</summary>
    public void WriteRest() => Release(otherwise: CallParent.Of(application, application.Scope));

    private void Release(CallParent? otherwise)
    {
        foreach (var owner in waiting.Owners)
        {
            if (owner.Kind == CallOwnerKind.Task || (ParentOf(owner) ?? otherwise) is not { } parent)
                continue;
            foreach (var (call, executorId) in waiting.Take(owner)!.Calls)
                Write(parent, call, executorId);
        }
    }

    private static CallOwner OwnerOf(CallsEvent e) =>
        e.ExecutionId is >= 0 and var execution ? new(CallOwnerKind.Execution, execution)
        : e.JobId is >= 0 and var job ? new(CallOwnerKind.Job, job)
        : new(CallOwnerKind.Application, 0);

    /// <summary>Null as long as it is not known in which trace the parent stands.</summary>
    private CallParent? ParentOf(CallOwner owner)
    {
        if (!application.IsSettled)
            return null;
        switch (owner.Kind)
        {
            case CallOwnerKind.Execution when executions.HasSeen(owner.Id):
                if (executions.Find(owner.Id) is not { } sql)
                    break;
                return SqlExecutions.KnownScopeOf(sql) is { } scope ? CallParent.Of(sql, scope) : null;
            case CallOwnerKind.Job when jobs.HasSeen((int)owner.Id):
                if (jobs.Find((int)owner.Id) is not { } job)
                    break;
                return CallParent.Of(job, job.Scope);
            case CallOwnerKind.Execution or CallOwnerKind.Job:
                return null;
        }
        _ = application.Ids;
        return CallParent.Of(application, application.Scope);
    }

    private void Write(in CallParent parent, Call call, string? executorId)
    {
        var span = parent.Span!;
        if (span.Calls >= (span == application ? MaxOfApplication : MaxOfParent))
        {
            counters.Calls.BeyondLimit++;
            return;
        }
        span.Calls++;
        spans.Write(parent, call, executorId);
    }
}
