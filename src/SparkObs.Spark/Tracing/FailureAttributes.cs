namespace SparkObs.Spark.Tracing;

/// <summary>How a failure stands on a span.</summary>
internal static class FailureAttributes
{
    /// <summary>Status and <c>error.type</c>; before the span's events.</summary>
    public static void SetError(this SpanBatch batch, Failure failure)
    {
        ref var span = ref batch.Current;
        span.Status = SpanStatus.Error;
        span.StatusMessage = failure.Cause;
        batch.Set(SparkAttributes.ErrorType, failure.Type);
    }

    /// <summary>The event <c>exception</c> of OpenTelemetry's conventions; a cancellation is none.</summary>
    public static void AddException(this SpanBatch batch, Failure failure, long timeMs, string? exceptionType = null)
    {
        if (failure.IsCancelled)
            return;
        batch.AddEvent(SpanEventNames.Exception, timeMs);
        batch.Set(SparkAttributes.ExceptionType, exceptionType ?? failure.Type);
        batch.Set(SparkAttributes.ExceptionMessage, failure.Message);
        batch.Set(SparkAttributes.ExceptionStacktrace, failure.Stack);
    }
}
