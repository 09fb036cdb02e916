namespace SparkObs.Spark.Export;

internal enum ExportOutcome : byte
{
    /// <summary>The collector took the request; perhaps not all of its spans.</summary>
    Delivered,

    /// <summary>Not taken, and worth trying again.</summary>
    Retry,

    /// <summary>Not taken for its size: a part of it may be.</summary>
    TooLarge,

    /// <summary>Refused for good.</summary>
    Rejected,
}

/// <summary>A collector's answer to one request, the same for gRPC and HTTP.</summary>
/// <param name="Reason">A short text with few values, for counting: <c>HTTP 400</c>, <c>gRPC InvalidArgument</c>,
/// <c>partial success</c>.</param>
/// <param name="Message">What the collector, or the connection, said.</param>
/// <param name="RejectedSpans">Of a delivered request, the spans that the collector refused (OTLP's partial success).</param>
/// <param name="Delay">How long the collector asks to wait before the next try.</param>
internal readonly record struct ExportResult(
    ExportOutcome Outcome, string Reason = "", string Message = "", long RejectedSpans = 0, TimeSpan? Delay = null)
{
    /// <summary>Reason and message as one text for people.</summary>
    public string Text => Message.Length == 0 ? Reason : Reason.Length == 0 ? Message : $"{Reason}: {Message}";

    public static ExportResult NoConnection(Exception exception)
    {
        var innermost = exception;
        while (innermost.InnerException is { } inner)
            innermost = inner;
        return new ExportResult(ExportOutcome.Retry, "no connection", innermost.Message);
    }

    public static ExportResult TimedOut(TimeSpan timeout) =>
        new(ExportOutcome.Retry, "timeout", FormattableString.Invariant($"no answer within {timeout.TotalSeconds:0.###} s"));
}
