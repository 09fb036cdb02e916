using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Tree;

/// <summary>One task attempt worth naming.</summary>
internal readonly record struct TaskNote(long Id, long Index, long Attempt, long DurationMs, string? Executor);

/// <summary>Failed attempts with one error.</summary>
internal sealed class TaskError(string text)
{
    public string Text { get; } = text;

    public long Count { get; set; }
}

/// <summary>What is kept of a stage's tasks: the slowest, and the failed ones by error.</summary>
internal sealed class TaskNotes
{
    /// <summary>More slow tasks than this tell nothing new.</summary>
    private const int MaxSlowest = 3;

    /// <summary>Errors that differ; the rest is a count.</summary>
    private const int MaxErrors = 5;

    /// <summary>UTF-16 units of an error's text: what a few lines of a terminal show.</summary>
    private const int MaxErrorText = 400;

    private readonly List<TaskNote> slowest = new(MaxSlowest);
    private readonly List<TaskError> errors = [];

    public IReadOnlyList<TaskNote> Slowest => slowest;

    /// <summary>In the order in which they first came.</summary>
    public IReadOnlyList<TaskError> Errors => errors;

    /// <summary>Failed attempts with further errors.</summary>
    public long OtherErrors { get; private set; }

    public void Add(in SpanRecord span, SpanAttributes attributes)
    {
        if (span.Status == SpanStatus.Error)
            AddError(span.StatusMessage ?? attributes.Text(SparkAttributes.ErrorType) ?? "no error given");
        var duration = span.EndMs - span.StartMs;
        if (slowest.Count == MaxSlowest && duration <= slowest[^1].DurationMs)
            return;
        if (slowest.Count == MaxSlowest)
            slowest.RemoveAt(MaxSlowest - 1);
        var place = slowest.FindIndex(other => other.DurationMs < duration);
        slowest.Insert(place < 0 ? slowest.Count : place, new TaskNote(
            attributes.Int(SparkAttributes.TaskId) ?? 0,
            attributes.Int(SparkAttributes.TaskIndex) ?? 0,
            attributes.Int(SparkAttributes.TaskAttempt) ?? 0,
            duration,
            attributes.Text(SparkAttributes.ExecutorId)));
    }

    private void AddError(string text)
    {
        if (text.Length > MaxErrorText)
            text = text[..MaxErrorText];
        var known = errors.Find(error => error.Text == text);
        if (known is null && errors.Count < MaxErrors)
            errors.Add(known = new TaskError(text));
        if (known is null)
            OtherErrors++;
        else
            known.Count++;
    }
}
