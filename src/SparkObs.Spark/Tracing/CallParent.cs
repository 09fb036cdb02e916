namespace SparkObs.Spark.Tracing;

/// <summary>The span that calls stand below: a task's, which is written, or one that may still be open.</summary>
internal readonly struct CallParent
{
    private CallParent(TraceScope scope, SpanId id) => (Scope, Id) = (scope, id);

    public TraceScope Scope { get; }

    public SpanId Id { get; }

    /// <summary>The parent outside of tasks.</summary>
    public OpenSpan? Span { get; private init; }

    /// <summary>The task's, with the times of its span.</summary>
    public (long TaskId, StageSpan Stage, long StartMs, long EndMs)? Task { get; private init; }

    /// <summary>For what has no times of its own.</summary>
    public (long StartMs, long EndMs) Times => Task is { } task ? (task.StartMs, task.EndMs) : (Span!.StartMs, Span.StartMs);

    public static CallParent OfTask(SpanId id, long taskId, StageSpan stage, long startMs, long endMs) =>
        new(stage.Scope, id) { Task = (taskId, stage, startMs, endMs) };

    public static CallParent Of(OpenSpan span, TraceScope scope) => new(scope, span.Id) { Span = span };
}
