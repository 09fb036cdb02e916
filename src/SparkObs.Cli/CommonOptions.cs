using System.CommandLine;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Cli;

/// <summary>What several commands take, and what it makes of their traces.</summary>
internal static class CommonOptions
{
    /// <summary>The value of <see cref="Tasks"/> that lifts all limits.</summary>
    public const string AllTasks = "all";

    private const string SelectedTasks = "selected";

    public static Option<string> Tasks()
    {
        var tasks = new Option<string>("--tasks")
        {
            Description = "Which tasks get spans: of large stages the failed and the slowest, or all of them.",
            DefaultValueFactory = _ => SelectedTasks,
        };
        tasks.AcceptOnlyFromAmong(SelectedTasks, AllTasks);
        return tasks;
    }

    /// <param name="more">What the command does with it besides.</param>
    public static Option<string?> Endpoint(string more = "") => new("--endpoint")
    {
        Description = "The collector, http://localhost:4317 by default; wins over OTEL_EXPORTER_OTLP_ENDPOINT." + more,
        HelpName = "URL",
    };

    public static Option<string?> TlsCertificate() => new("--tls-cert")
    {
        Description = "For tls://: the PEM file of the certificate, with its chain; read again when it changes. Default: SPARKOBS_TLS_CERT.",
        HelpName = "FILE",
    };

    public static Option<string?> TlsKey() => new("--tls-key")
    {
        Description = "The PEM file of that certificate's key, not encrypted. Default: SPARKOBS_TLS_KEY.",
        HelpName = "FILE",
    };

    public static Option<string?> TlsClientCa() => new("--tls-client-ca")
    {
        Description = "Drivers must show a certificate of the authority in this PEM file. Default: SPARKOBS_TLS_CLIENT_CA, else they need none.",
        HelpName = "FILE",
    };

    /// <exception cref="ExportConfigurationException">A variable is wrong.</exception>
    public static TraceOptions TraceOptions(Terminal terminal, bool allTasks) => new()
    {
        Selection = allTasks ? TaskSelectionLimits.Unlimited : TaskSelectionLimits.Default,
        ResourceAttributes = ResourceEnvironment.Read(terminal.Variable),
        ServiceName = terminal.Variable("OTEL_SERVICE_NAME") is { Length: > 0 } name ? name : null,
        Warn = terminal.Note,
    };
}
