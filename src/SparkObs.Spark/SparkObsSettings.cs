using System.Globalization;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark;

/// <summary>The options and variables, checked.</summary>
internal sealed record SparkObsSettings
{
    private const string ListenVariable = "SPARKOBS_LISTEN";
    private const string TasksVariable = "SPARKOBS_TASKS";
    private const string IdleTimeoutVariable = "SPARKOBS_IDLE_TIMEOUT";
    private const string FlushTimeoutVariable = "SPARKOBS_FLUSH_TIMEOUT";

    /// <summary>Also the CLI's.</summary>
    internal const string DataDirectoryVariable = "SPARKOBS_DATA_DIR";

    /// <summary>A day; what is longer is a mistake in the unit.</summary>
    private static readonly TimeSpan MaxTime = TimeSpan.FromDays(1);

    public required BridgeEndpoint Endpoint { get; init; }

    public required BridgeTls? Tls { get; init; }

    public required string Token { get; init; }

    /// <summary>The JVM cannot know the token from its environment.</summary>
    public required bool TokenNeedsFile { get; init; }

    public required OtlpOptions Otlp { get; init; }

    public required TraceOptions Trace { get; init; }

    public required TimeSpan IdleTimeout { get; init; }

    public required TimeSpan FlushTimeout { get; init; }

    public required string? DataDirectory { get; init; }

    /// <summary>The program named the collector, so the variables do not.</summary>
    public required bool EndpointIsTold { get; init; }

    /// <summary>Where there is no MeterProvider of the program's.</summary>
    public required bool ExportsMetrics { get; init; }

    public required Action<string> Notice { get; init; }

    /// <param name="variable">Gives a variable's value: <see cref="Environment.GetEnvironmentVariable(string)"/>.</param>
    /// <param name="notice">Where lines go that the options name no place for; null: standard error.</param>
    /// <exception cref="BridgeException">A value is wrong.</exception>
    /// <exception cref="ExportConfigurationException">A value is wrong.</exception>
    public static SparkObsSettings Read(SparkObsOptions options, Func<string, string?> variable, Action<string>? notice = null)
    {
        var inherited = variable.Told(BridgeToken.Variable);
        var data = options.DataDirectory ?? variable.Told(DataDirectoryVariable);
        var token = options.Token ?? inherited ?? BridgeToken.Random();
        notice = options.Notice ?? notice ?? (static line => Console.Error.WriteLine($"sparkobs: {line}"));
        return new SparkObsSettings
        {
            Endpoint = options.Listen is { } listen ? BridgeEndpoint.Parse(nameof(SparkObsOptions.Listen), listen)
                : variable.Told(ListenVariable) is { } told ? BridgeEndpoint.Parse(ListenVariable, told)
                : BridgeEndpoint.AnyLoopbackPort,
            Tls = BridgeTls.Load(options.TlsCertificate, options.TlsKey, options.TlsClientCa, variable),
            Token = token.Length > 0 ? token : throw new BridgeException($"{nameof(SparkObsOptions.Token)} is empty; leave it unset for a random one."),
            TokenNeedsFile = token != inherited,
            Otlp = OtlpEnvironment.Read(variable, options.OtlpEndpoint).WaitingIn(data is null ? null : Path.Combine(data, OtlpOptions.QueueFolder)),
            Trace = new TraceOptions
            {
                Selection = options.AllTasks ?? AllTasks(variable.Told(TasksVariable)) ? TaskSelectionLimits.Unlimited : TaskSelectionLimits.Default,
                // The later one of a name wins.
                ResourceAttributes = [.. ResourceEnvironment.Read(variable), .. options.ResourceAttributes],
                ServiceName = options.ServiceName ?? variable.Told("OTEL_SERVICE_NAME"),
                Warn = notice,
            },
            IdleTimeout = Time(nameof(SparkObsOptions.IdleTimeout), options.IdleTimeout, IdleTimeoutVariable, variable, TimeSpan.FromSeconds(60), BridgeOptions.MinIdleTimeout),
            FlushTimeout = Time(nameof(SparkObsOptions.FlushTimeout), options.FlushTimeout, FlushTimeoutVariable, variable, TimeSpan.FromSeconds(10), TimeSpan.Zero),
            DataDirectory = data,
            EndpointIsTold = options.OtlpEndpoint is not null,
            ExportsMetrics = SendsMetrics(options, variable),
            Notice = notice,
        };
    }

    /// <summary>
    /// Unless <c>OTEL_METRICS_EXPORTER</c> names another exporter, or none, and where a collector for more than traces is named, or nothing.
    /// </summary>
    private static bool SendsMetrics(SparkObsOptions options, Func<string, string?> variable) =>
        variable.Told("OTEL_METRICS_EXPORTER") is null or "otlp"
        && (options.OtlpEndpoint is not null || variable.Told("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") is null
            || variable.Told("OTEL_EXPORTER_OTLP_ENDPOINT") is not null || variable.Told("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") is not null);

    private static bool AllTasks(string? value) => value switch
    {
        null or "selected" => false,
        "all" => true,
        _ => throw new BridgeException($"{TasksVariable}: '{value}' is not supported; use all or selected."),
    };

    private static TimeSpan Time(string name, TimeSpan? set, string variableName, Func<string, string?> variable, TimeSpan fallback, TimeSpan least)
    {
        if (set is { } time)
            return time >= least && time <= MaxTime ? time : throw Wrong(name, time.ToString());
        if (variable.Told(variableName) is not { } text)
            return fallback;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds >= least.TotalSeconds && seconds <= MaxTime.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw Wrong(variableName, text);

        BridgeException Wrong(string setting, string value) =>
            new(string.Create(CultureInfo.InvariantCulture, $"{setting}: '{value}' is out of range; use {least.TotalSeconds} s to {MaxTime.TotalSeconds} s (the variable: a number of seconds)."));
    }
}
