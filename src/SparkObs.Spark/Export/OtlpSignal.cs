namespace SparkObs.Spark.Export;

/// <summary>What differs between OTLP's signals: the variables' infix, the path over HTTP, the service over gRPC.</summary>
internal sealed record OtlpSignal(string Variables, string Path, string Service)
{
    public static readonly OtlpSignal Traces = new("TRACES", "v1/traces", "opentelemetry.proto.collector.trace.v1.TraceService");
    public static readonly OtlpSignal Logs = new("LOGS", "v1/logs", "opentelemetry.proto.collector.logs.v1.LogsService");
}
