using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>The Spark Connect operations that run.</summary>
internal sealed class Operations(ApplicationSpan application, TraceScopes scopes, SpanOutput output)
{
    /// <summary>A server runs far fewer at once; more of them means that their ends were lost.</summary>
    private const int MaxOpen = 10_000;

    private readonly Dictionary<string, OperationSpan> open = [];
    private readonly RecentMap<string, OperationSpan> written = new(10_000);

    public void Add(ConnectOperation e)
    {
        if (e.OperationId.Length == 0 || Find(e.OperationId, e.Time, JobOrigin.Of(e.Tags).Caller) is not { } operation)
            return;
        operation.Phase = e.Phase;
        switch (e.Phase)
        {
            case ConnectPhase.Started:
                operation.Started ??= e;
                operation.StartMs = Math.Min(operation.StartMs, e.Time);
                break;
            case ConnectPhase.Finished:
                operation.ProducedRows = e.ProducedRowCount;
                operation.SetOutcome(e.Phase, null);
                break;
            case ConnectPhase.Failed:
                operation.SetOutcome(e.Phase, Failure.Of(e.ErrorMessage ?? "failed", application.Text));
                break;
            case ConnectPhase.Canceled:
                operation.SetOutcome(e.Phase, Failure.Cancelled("The operation was cancelled", application.Text));
                break;
            case ConnectPhase.Closed:
                operation.EndMs = e.Time;
                Write(operation);
                break;
        }
    }

    /// <summary>The operation that a job or SQL execution belongs to; one that nothing told of begins with it. Null when the origin has none.</summary>
    public OperationSpan? Of(JobOrigin origin, long timeMs)
    {
        if (origin.OperationId is not { } id)
            return null;
        var operation = Find(id, timeMs, origin.Caller) ?? written.GetValueOrDefault(id);
        operation?.Settled = true;
        return operation;
    }

    /// <summary>The operation for a link to it; null when nothing told of it.</summary>
    public SpanReference? ReferenceTo(string? operationId)
    {
        if (operationId is null || (open.GetValueOrDefault(operationId) ?? written.GetValueOrDefault(operationId)) is not { } operation)
            return null;
        operation.Settled = true;
        return operation.Reference;
    }

    public void WriteAll()
    {
        foreach (var operation in open.Values.ToList())
            Write(operation);
    }

    /// <summary>Null when the operation's span is out already.</summary>
    private OperationSpan? Find(string id, long timeMs, Traceparent? caller)
    {
        if (written.Contains(id))
            return null;
        if (!open.TryGetValue(id, out var operation))
        {
            if (open.Count >= MaxOpen)
                Write(open.Values.First());
            operation = new OperationSpan
            {
                Id = application.Ids.Operation(id), OperationId = id, StartMs = timeMs, Application = application.Reference,
            };
            open.Add(id, operation);
        }
        if (operation.Settled)
            return operation;
        operation.Caller ??= caller;
        var placement = Placement.Of(new JobOrigin(null, id, operation.Caller), application.Ids, application.Context);
        operation.Scope = scopes.Of(placement);
        return operation;
    }

    private void Write(OperationSpan operation)
    {
        open.Remove(operation.OperationId);
        if (operation.Caller is { } caller)
        {
            operation.ParentId = caller.Span;
            operation.ParentIsRemote = true;
        }
        operation.Write(output, application.Text);
        operation.Started = null;
        operation.Failure = null;
        written.Add(operation.OperationId, operation);
    }
}
