namespace SparkObs.Spark.Export;

/// <summary>
/// Field numbers of OTLP's messages, as opentelemetry-proto 1.x has them. They never change: protobuf's compatibility rules,
/// and OTLP's own, forbid it.
/// </summary>
internal static class OtlpFields
{
    // collector/trace/v1/trace_service.proto
    public const int RequestResourceSpans = 1;
    public const int ResponsePartialSuccess = 1;
    public const int PartialSuccessRejectedSpans = 1;
    public const int PartialSuccessErrorMessage = 2;

    // trace/v1/trace.proto
    public const int ResourceSpansResource = 1;
    public const int ResourceSpansScopeSpans = 2;
    public const int ScopeSpansScope = 1;
    public const int ScopeSpansSpans = 2;
    public const int SpanTraceId = 1;
    public const int SpanSpanId = 2;
    public const int SpanParentSpanId = 4;
    public const int SpanName = 5;
    public const int SpanKind = 6;
    public const int SpanStartTimeUnixNano = 7;
    public const int SpanEndTimeUnixNano = 8;
    public const int SpanAttributes = 9;
    public const int SpanEvents = 11;
    public const int SpanLinks = 13;
    public const int SpanStatus = 15;
    public const int SpanFlags = 16;
    public const int EventTimeUnixNano = 1;
    public const int EventName = 2;
    public const int EventAttributes = 3;
    public const int LinkTraceId = 1;
    public const int LinkSpanId = 2;
    public const int LinkAttributes = 4;
    public const int LinkFlags = 6;
    public const int StatusMessage = 2;
    public const int StatusCode = 3;

    // resource/v1/resource.proto
    public const int ResourceAttributes = 1;

    // common/v1/common.proto
    public const int ScopeName = 1;
    public const int ScopeVersion = 2;
    public const int KeyValueKey = 1;
    public const int KeyValueValue = 2;
    public const int AnyValueString = 1;
    public const int AnyValueBool = 2;
    public const int AnyValueInt = 3;
    public const int AnyValueDouble = 4;
    public const int AnyValueArray = 5;
    public const int ArrayValueValues = 1;

    // google/rpc/status.proto, google/protobuf/any.proto, google/rpc/error_details.proto, google/protobuf/duration.proto
    public const int RpcStatusMessage = 2;
    public const int RpcStatusDetails = 3;
    public const int AnyTypeUrl = 1;
    public const int AnyContent = 2;
    public const int RetryInfoDelay = 1;
    public const int DurationSeconds = 1;
    public const int DurationNanos = 2;
}

/// <summary>trace.proto's SpanFlags: the low byte is W3C's trace flags, then two bits about the parent.</summary>
internal static class OtlpSpanFlags
{
    public const uint Sampled = 0x01;
    public const uint HasIsRemote = 0x100;
    public const uint IsRemote = 0x200;

    /// <summary>A link's flags. Whether its span is another process's is not known, so has_is_remote stays off.</summary>
    public const uint Link = Sampled;

    public static uint Of(bool parentIsRemote) => Sampled | HasIsRemote | (parentIsRemote ? IsRemote : 0);
}

/// <summary>What logs have of their own (logs/v1/logs.proto). Requests, resources and scopes have the numbers of traces.</summary>
internal static class OtlpLogFields
{
    public const int TimeUnixNano = 1;
    public const int SeverityNumber = 2;
    public const int SeverityText = 3;
    public const int Body = 5;
    public const int Attributes = 6;
    public const int TraceId = 9;
    public const int SpanId = 10;
    public const int ObservedTimeUnixNano = 11;
    public const int AnyValueKeyValues = 6;
    public const int KeyValuesValues = 1;
}
