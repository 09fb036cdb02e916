namespace SparkObs.Spark.Export;

/// <summary>Reads what a collector answers: ExportTraceServiceResponse and google.rpc.Status.</summary>
internal static class OtlpResponse
{
    /// <summary>An answer to a request that was taken: in full, or with OTLP's partial success.</summary>
    public static ExportResult Delivered(ReadOnlySpan<byte> response)
    {
        var reader = new ProtobufReader(response);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.ResponsePartialSuccess)
                return PartialSuccess(reader.Bytes);
        }
        return new ExportResult(ExportOutcome.Delivered);
    }

    /// <summary>The message of a google.rpc.Status.</summary>
    public static string StatusMessage(ReadOnlySpan<byte> status)
    {
        var reader = new ProtobufReader(status);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.RpcStatusMessage)
                return reader.Text;
        }
        return "";
    }

    /// <summary>The delay of the RetryInfo among a google.rpc.Status's details, if there is one.</summary>
    public static TimeSpan? RetryDelay(ReadOnlySpan<byte> status)
    {
        var reader = new ProtobufReader(status);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.RpcStatusDetails && RetryInfoDelay(reader.Bytes) is { } delay)
                return delay;
        }
        return null;
    }

    private static ExportResult PartialSuccess(ReadOnlySpan<byte> partialSuccess)
    {
        long rejected = 0;
        var message = "";
        var reader = new ProtobufReader(partialSuccess);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.PartialSuccessRejectedSpans)
                rejected = (long)reader.Number;
            else if (reader.Field == OtlpFields.PartialSuccessErrorMessage)
                message = reader.Text;
        }
        return rejected > 0 || message.Length > 0
            ? new ExportResult(ExportOutcome.Delivered, "partial success", message, Math.Max(0, rejected))
            : new ExportResult(ExportOutcome.Delivered);
    }

    private static TimeSpan? RetryInfoDelay(ReadOnlySpan<byte> any)
    {
        var isRetryInfo = false;
        ReadOnlySpan<byte> content = default;
        var reader = new ProtobufReader(any);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.AnyTypeUrl)
                isRetryInfo = reader.Bytes.EndsWith("google.rpc.RetryInfo"u8);
            else if (reader.Field == OtlpFields.AnyContent)
                content = reader.Bytes;
        }
        if (!isRetryInfo)
            return null;
        reader = new ProtobufReader(content);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.RetryInfoDelay)
                return Duration(reader.Bytes);
        }
        return TimeSpan.Zero;
    }

    private static TimeSpan Duration(ReadOnlySpan<byte> duration)
    {
        long seconds = 0, nanos = 0;
        var reader = new ProtobufReader(duration);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.DurationSeconds)
                seconds = (long)reader.Number;
            else if (reader.Field == OtlpFields.DurationNanos)
                nanos = (long)reader.Number;
        }
        // A delay beyond a day, or below zero, is an error of the collector's.
        return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 86_400)) + TimeSpan.FromTicks(Math.Clamp(nanos, 0, 999_999_999) / 100);
    }
}
