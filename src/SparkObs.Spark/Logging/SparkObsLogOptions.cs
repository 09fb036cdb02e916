namespace SparkObs.Spark;

/// <summary>
/// What <c>SparkObs()</c> of a Serilog logger, and <c>AddSparkObs()</c> of a host's logging, may be told. Everything has a default. A
/// property that is set wins over its variable. All values are checked once, at the start. Where OTLP logs go is said by OpenTelemetry's
/// own variables (<c>OTEL_EXPORTER_OTLP_*</c>, also in their <c>_LOGS_</c> form).
/// </summary>
public sealed class SparkObsLogOptions
{
    /// <summary>
    /// The file for the lines, one CLEF object each; its folder is made. One process a file. Default: the variable
    /// <c>SPARKOBS_LOG_FILE</c>, else standard output.
    /// </summary>
    public string? File { get; set; }

    /// <summary>
    /// Bytes after which the file is put aside as <c>name-000001.ext</c> and so on, and a new one begun. At least 64 KiB. Default: the
    /// variable <c>SPARKOBS_LOG_FILE_BYTES</c> (bytes, or <c>512k</c>, <c>100m</c>, <c>1g</c>), else 100 MiB.
    /// </summary>
    public long? FileBytes { get; set; }

    /// <summary>
    /// How many files there are at most, the current one included; the oldest are deleted. 2 to 10,000. Default: the variable
    /// <c>SPARKOBS_LOG_FILES</c>, else 10.
    /// </summary>
    public int? Files { get; set; }

    /// <summary>
    /// Which part of the lines of level Information is written, 0 to 1; of one task, SQL execution, job or activity all or none. Warnings
    /// and errors are always written. Default: the variable <c>SPARKOBS_LOG_INFORMATION_RATE</c>, else 0.1.
    /// </summary>
    public double? InformationRate { get; set; }

    /// <summary>
    /// The same for the levels Debug and Verbose, as far as the logger lets them through. Default: the variable
    /// <c>SPARKOBS_LOG_DEBUG_RATE</c>, else 0.
    /// </summary>
    public double? DebugRate { get; set; }

    /// <summary>
    /// The collector that gets the lines over OTLP, too, such as <c>http://collector:4317</c>. Default: the variable
    /// <c>OTEL_EXPORTER_OTLP_LOGS_ENDPOINT</c> or <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; without any, or with
    /// <c>OTEL_LOGS_EXPORTER=none</c>, nothing is sent.
    /// </summary>
    public string? OtlpEndpoint { get; set; }

    /// <summary>
    /// Is told, in one line, what a user should know: a full disk, a collector that cannot be reached, lines that were dropped. Called
    /// from any thread; it must not block, and not log to this logger. Default: lines on standard error.
    /// </summary>
    public Action<string>? Notice { get; set; }
}
