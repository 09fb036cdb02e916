using System.Globalization;
using SparkObs.Spark.Export;

namespace SparkObs.Spark.Logging;

/// <summary>The options and variables of logs, checked.</summary>
internal sealed record LogSettings
{
    private const string FileVariable = "SPARKOBS_LOG_FILE";
    private const string FileBytesVariable = "SPARKOBS_LOG_FILE_BYTES";
    private const string FilesVariable = "SPARKOBS_LOG_FILES";
    private const string InformationRateVariable = "SPARKOBS_LOG_INFORMATION_RATE";
    private const string DebugRateVariable = "SPARKOBS_LOG_DEBUG_RATE";
    private const string ExporterVariable = "OTEL_LOGS_EXPORTER";

    private const double DefaultInformationRate = 0.1, DefaultDebugRate = 0;
    private const long DefaultFileBytes = 100 * 1024 * 1024;
    private const int DefaultFiles = 10, MinFiles = 2, MaxFiles = 10_000;

    /// <summary>Room for any line that a collector of logs takes (Loki: 256 KiB by default), and for many usual ones.</summary>
    private const long LeastFileBytes = 64 * 1024;

    /// <summary>Null: standard output.</summary>
    public string? File { get; init; }

    public long FileBytes { get; init; } = DefaultFileBytes;

    public int Files { get; init; } = DefaultFiles;

    public double InformationRate { get; init; } = DefaultInformationRate;

    public double DebugRate { get; init; } = DefaultDebugRate;

    /// <summary>Null: no OTLP logs.</summary>
    public OtlpOptions? Otlp { get; init; }

    public required LogResource Resource { get; init; }

    public Action<string> Notice { get; init; } = static _ => { };

    /// <param name="variable">Gives a variable's value: <see cref="Environment.GetEnvironmentVariable(string)"/>.</param>
    /// <exception cref="SparkObsConfigurationException">A value is wrong.</exception>
    public static LogSettings Read(SparkObsLogOptions options, Func<string, string?> variable)
    {
        try
        {
            return new LogSettings
            {
                File = options.File ?? variable.Told(FileVariable),
                FileBytes = options.FileBytes is { } bytes
                    ? bytes >= LeastFileBytes ? bytes : throw Wrong(nameof(SparkObsLogOptions.FileBytes), bytes, "65536 bytes or more")
                    : Bytes(variable.Told(FileBytesVariable)) ?? DefaultFileBytes,
                Files = options.Files is { } files
                    ? files is >= MinFiles and <= MaxFiles ? files : throw Wrong(nameof(SparkObsLogOptions.Files), files, "2 to 10000")
                    : Count(variable.Told(FilesVariable)) ?? DefaultFiles,
                InformationRate = Rate(nameof(SparkObsLogOptions.InformationRate), options.InformationRate)
                    ?? Rate(InformationRateVariable, variable.Told(InformationRateVariable)) ?? DefaultInformationRate,
                DebugRate = Rate(nameof(SparkObsLogOptions.DebugRate), options.DebugRate)
                    ?? Rate(DebugRateVariable, variable.Told(DebugRateVariable)) ?? DefaultDebugRate,
                Otlp = Collector(options.OtlpEndpoint, variable),
                Resource = LogResource.Read(variable),
                Notice = options.Notice ?? (static line => Console.Error.WriteLine($"sparkobs: {line}")),
            };
        }
        catch (ExportConfigurationException e)
        {
            throw new SparkObsConfigurationException(e.Message, e);
        }
    }

    /// <exception cref="SparkObsConfigurationException">OTEL_RESOURCE_ATTRIBUTES is wrong.</exception>
    public static LogResource ReadResource(Func<string, string?> variable) => Read(new SparkObsLogOptions(), variable).Resource;

    private static double? Rate(string name, double? value) =>
        value is null or (>= 0 and <= 1) ? value : throw Wrong(name, value, "a number from 0 to 1");

    private static double? Rate(string name, string? text) =>
        text is null ? null
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate) && rate <= 1 ? rate
        : throw Wrong(name, text, "a number from 0 to 1, such as 0.1");

    private static long? Bytes(string? text)
    {
        if (text is null)
            return null;
        return ByteSize.TryParse(text, out var bytes) && bytes >= LeastFileBytes
            ? bytes
            : throw Wrong(FileBytesVariable, text, "a number of bytes from 64k on, such as 100m or 1g");
    }

    private static int? Count(string? text) =>
        text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= MinFiles and <= MaxFiles ? count
        : throw Wrong(FilesVariable, text, "2 to 10000");

    private static OtlpOptions? Collector(string? endpoint, Func<string, string?> variable)
    {
        var wanted = variable.Told(ExporterVariable) switch
        {
            null or "otlp" => true,
            "none" => false,
            var other => throw Wrong(ExporterVariable, other, "otlp or none"),
        };
        var named = endpoint ?? variable.Told("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT") ?? variable.Told("OTEL_EXPORTER_OTLP_ENDPOINT");
        return named is not null && (wanted || endpoint is not null) ? OtlpEnvironment.Read(variable, endpoint, OtlpSignal.Logs) : null;
    }

    private static SparkObsConfigurationException Wrong(string name, object? value, string valid) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{name}: '{value}' is not supported; use {valid}."));
}
