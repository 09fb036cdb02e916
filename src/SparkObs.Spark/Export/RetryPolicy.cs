using System.Globalization;
using Grpc.Core;

namespace SparkObs.Spark.Export;

/// <summary>
/// OTLP's rules (opentelemetry-proto, docs/specification.md, "Failures" and "Throttling"): from a status to a decision, and from
/// a count of failures to a delay. Decides, never waits.
/// </summary>
internal static class RetryPolicy
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>5 s: a collector that is back is found soon, and a dead one is asked a dozen times a minute.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    /// <summary>
    /// 5 minutes, whatever a collector asks for: one that names a date in another year, by mistake, would stop the export for ever.
    /// </summary>
    public static readonly TimeSpan LongestAskedDelay = TimeSpan.FromMinutes(5);

    /// <summary>A request whose sending ends in an exception so often is set aside.</summary>
    private const int MaxFaults = 5;

    /// <param name="statusDetails">The trailer grpc-status-details-bin, a google.rpc.Status.</param>
    public static ExportResult OfGrpc(StatusCode status, string message, ReadOnlySpan<byte> statusDetails)
    {
        var reason = $"gRPC {status}";
        var delay = OtlpResponse.RetryDelay(statusDetails);
        return status switch
        {
            StatusCode.Cancelled or StatusCode.DeadlineExceeded or StatusCode.Aborted or StatusCode.OutOfRange
                or StatusCode.Unavailable or StatusCode.DataLoss => new(ExportOutcome.Retry, reason, message, Delay: delay),
            StatusCode.ResourceExhausted when delay is not null => new(ExportOutcome.Retry, reason, message, Delay: delay),
            StatusCode.ResourceExhausted => new(ExportOutcome.TooLarge, reason, message),
            _ => new(ExportOutcome.Rejected, reason, message),
        };
    }

    /// <param name="retryAfter">The header Retry-After: seconds or a date.</param>
    public static ExportResult OfHttp(int status, string message, string? retryAfter, DateTimeOffset now)
    {
        var reason = string.Create(CultureInfo.InvariantCulture, $"HTTP {status}");
        return status switch
        {
            429 or 502 or 503 or 504 => new(ExportOutcome.Retry, reason, message, Delay: RetryAfter(retryAfter, now)),
            413 => new(ExportOutcome.TooLarge, reason, message),
            _ => new(ExportOutcome.Rejected, reason, message),
        };
    }

    /// <summary>An exception that is neither the network's nor the collector's: tried again a few times, then not any more.</summary>
    /// <param name="faults">How many the request has had.</param>
    public static ExportResult OfFault(Exception exception, int faults) =>
        new(faults < MaxFaults ? ExportOutcome.Retry : ExportOutcome.Rejected, exception.GetType().Name, exception.Message);

    /// <summary>The delay before the next try: what the collector asked for, else the backoff.</summary>
    /// <inheritdoc cref="Backoff"/>
    public static TimeSpan Delay(TimeSpan? asked, int failures, double chance) =>
        asked > LongestAskedDelay ? LongestAskedDelay
        : asked > TimeSpan.Zero ? asked.Value
        : Backoff(failures, chance);

    /// <summary>The backoff: doubling from 250 ms up to 5 s, less up to half of it by chance.</summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="chance">From 0 to below 1.</param>
    public static TimeSpan Backoff(int failures, double chance)
    {
        var full = FirstDelay * Math.Pow(2, Math.Min(failures, 16) - 1);
        return (full < LongestDelay ? full : LongestDelay) * (1 - chance / 2);
    }

    private static TimeSpan? RetryAfter(string? header, DateTimeOffset now)
    {
        if (int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds);
        if (!DateTimeOffset.TryParseExact(header, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            return null;
        return date > now ? date - now : TimeSpan.Zero;
    }
}
