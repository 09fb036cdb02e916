using System.Globalization;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>
/// Writes calls, once their parent is known to be exported. A call's clock is its executor's, with microseconds; its task's is the
/// driver's, with milliseconds.
/// </summary>
internal sealed class CallSpans(ApplicationSpan application, TraceCounters counters, SpanOutput output)
{
    private const long NanosPerMs = 1_000_000;

    /// <summary>Calls that are told again come in the lines after; 2 MB, once there are calls.</summary>
    private const int MaxRemembered = 20_000;

    private readonly RecentMap<SpanId, bool> written = new(MaxRemembered);

    public void Write(in CallParent parent, Call call, string? executorId)
    {
        if (!parent.Scope.Sampled)
        {
            counters.Calls.Unsampled++;
            counters.Unsampled++;
            return;
        }
        var owner = parent.Task is { } task ? string.Create(CultureInfo.InvariantCulture, $"task.{task.TaskId}") : executorId;
        var id = application.Ids.Id("call", string.Create(CultureInfo.InvariantCulture, $"{owner}.{call.Sequence}"));
        if (written.Contains(id))
        {
            counters.Calls.Repeated++;
            return;
        }
        written.Add(id, true);
        counters.Calls.Written++;
        var startNanos = call.StartUs % 1_000 * 1_000;
        var endNanos = startNanos + (call.DurationNs % NanosPerMs);
        var startMs = call.StartUs / 1_000;
        var endMs = startMs + (call.DurationNs / NanosPerMs) + (endNanos / NanosPerMs);
        if (startMs == 0)
            (startMs, endMs) = parent.Times;
        var batch = output.Begin(parent.Scope, application.Text.Name(call.Name), id, parent.Id, startMs, endMs, parent.Span)!;
        batch.Current.Kind = SpanKind.Client;
        batch.Current.StartNanos = (int)startNanos;
        batch.Current.EndNanos = (int)(endNanos % NanosPerMs);
        WriteParent(batch, parent, startMs, endMs);
        batch.Set(SparkAttributes.ExecutorId, executorId is null ? null : application.Text.Name(executorId));
        batch.Set(SparkAttributes.CallAttribution, call.Attribution is null ? null : application.Text.Name(call.Attribution));
        WriteTotals(batch, call.Totals);
        foreach (var value in call.Values)
            WriteValue(batch, value);
        if (call.Error is { } error)
        {
            batch.Current.Status = SpanStatus.Error;
            batch.Current.StatusMessage = application.Text.Value(call.Message ?? error);
            batch.Set(SparkAttributes.ErrorType, application.Text.Name(error));
        }
        output.End();
    }

    private static void WriteParent(SpanBatch batch, in CallParent parent, long startMs, long endMs)
    {
        if (parent.Span is SqlSpan sql)
            batch.Set(SparkAttributes.ExecutionId, sql.ExecutionId);
        else if (parent.Span is JobSpan job)
            batch.Set(SparkAttributes.JobId, job.JobId);
        if (parent.Task is not { } task)
            return;
        if (startMs < task.StartMs || task.EndMs < endMs)
            batch.Set(SparkAttributes.OutsideParent, true);
        batch.Set(SparkAttributes.TaskId, task.TaskId);
        batch.Set(SparkAttributes.StageId, task.Stage.StageId);
        batch.Set(SparkAttributes.StageAttempt, task.Stage.Attempt);
    }

    private static void WriteTotals(SpanBatch batch, CallTotals? totals)
    {
        if (totals is null)
            return;
        batch.Set(SparkAttributes.CallAggregated, true);
        batch.Set(SparkAttributes.CallsCount, totals.Count);
        batch.Set(SparkAttributes.CallsFailed, totals.Failed);
        batch.Set(SparkAttributes.CallsDurationTotal, totals.TotalNs / 1e9);
        batch.Set(SparkAttributes.CallsDurationMax, totals.MaxNs / 1e9);
    }

    private void WriteValue(SpanBatch batch, in CallValue value)
    {
        var key = CallKeys.Key(value.Key);
        if (value.Text is not { } text)
        {
            batch.Set(key, value.Number);
            return;
        }
        batch.Set(key, CallAttributes.TypeOf(value.Key) switch
        {
            CallAttributeType.Name => application.Text.Name(text),
            CallAttributeType.Statement => application.Text.Message(text),
            _ => application.Text.Value(text),
        });
    }
}
