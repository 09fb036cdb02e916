using System.CommandLine;
using SparkObs.Cli.Listen;
using SparkObs.Cli.Replay;
using SparkObs.Spark.Bridge;

namespace SparkObs.Cli;

/// <summary><c>sparkobs listen</c>: a bridge beside drivers, until it is told to stop.</summary>
internal static class ListenCommand
{
    private const string Description = "Takes the events of Spark drivers, as a sidecar, and sends spans to a collector.";

    private const string Notes = """
        Examples:
          SPARKOBS_TOKEN=… sparkobs listen
          sparkobs listen --listen-on unix:/run/sparkobs/bridge.sock --token-file /run/sparkobs/token
          sparkobs listen --token-file token --output otlp-json -o spans.jsonl
          sparkobs listen --token-file token --listen-on tls://0.0.0.0:4319 --tls-cert tls.crt --tls-key tls.key --tls-client-ca ca.crt

        Drivers need the jar, spark.plugins=io.sparkobs.SparkObsPlugin, spark.sparkobs.endpoint=… as printed, and the token:
        SPARKOBS_TOKEN in their environment, or spark.sparkobs.token.file=…. With tls:// they trust what their JVM trusts, or
        spark.sparkobs.tls.ca=…; their own certificate is in spark.sparkobs.tls.cert=… and spark.sparkobs.tls.key=….

        Variables:
          SPARKOBS_TOKEN   the secret that drivers must show, unless --token-file is given
          SPARKOBS_DATA_DIR, XDG_STATE_HOME   where --data-dir is by default: $XDG_STATE_HOME/sparkobs/listen
          SPARKOBS_TLS_CERT, SPARKOBS_TLS_KEY, SPARKOBS_TLS_CLIENT_CA   as the options --tls-…
          OTEL_EXPORTER_OTLP_ENDPOINT, _PROTOCOL, _HEADERS, _COMPRESSION, _TIMEOUT, _CERTIFICATE   the collector,
              as OpenTelemetry's SDKs read them, with their _TRACES_ forms
          OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES   instead of the applications' names, and beside their attributes

        Exit codes:
          0    stopped by SIGTERM or Ctrl-C, and all was delivered
          1    an unexpected error, or the output could not be written
          2    wrong usage, or it cannot listen there
          3    stopped, but the collector did not take all within 10 s, or a second signal ended the waiting
          4    stopped, and delivered, but not all: lines could not be read, or the collector refused spans
        """;

    public static Command Create(Func<Terminal> terminal)
    {
        var listenOn = new Option<string>("--listen-on")
        {
            Description = "Where drivers connect to: tcp://127.0.0.1:PORT (0: a free one) or unix:/path; elsewhere than on loopback tls://0.0.0.0:PORT.",
            HelpName = "ENDPOINT",
            DefaultValueFactory = _ => "tcp://127.0.0.1:4319",
        };
        var tokenFile = new Option<string?>("--token-file")
        {
            Description = "A file of mode 0600 with the token; written with a random one if there is none.",
            HelpName = "FILE",
        };
        var certificate = CommonOptions.TlsCertificate();
        var key = CommonOptions.TlsKey();
        var clientCa = CommonOptions.TlsClientCa();
        var output = new Option<string>("--output") { Description = "otlp: to a collector. otlp-json: lines of OTLP/JSON.", DefaultValueFactory = _ => "otlp" };
        output.AcceptOnlyFromAmong("otlp", "otlp-json");
        var file = new Option<string?>("-o", "--output-file") { Description = "Writes otlp-json into this file instead of standard output.", HelpName = "FILE" };
        var tasks = CommonOptions.Tasks();
        var endpoint = CommonOptions.Endpoint();
        var idle = new Option<TimeSpan>("--idle-timeout")
        {
            Description = "How long nothing may come from a driver before its application is closed as incomplete: 30s, 5m. Default: 60s.",
            HelpName = "DURATION",
            DefaultValueFactory = _ => TimeSpan.FromSeconds(60),
            CustomParser = result =>
            {
                if (result.Tokens.Count == 0)
                    return TimeSpan.FromSeconds(60);
                if (DurationText.TryParse(result.Tokens[0].Value, out var duration) && duration >= BridgeOptions.MinIdleTimeout)
                    return duration;
                result.AddError($"--idle-timeout: '{result.Tokens[0].Value}' is no duration of 20s or more; write 30s, 5m or 1h.");
                return default;
            },
        };
        var data = new Option<string?>("--data-dir")
        {
            Description = "Keeps what drivers have handed over until it is delivered, so that a bridge that is killed goes on where it was; "
                + "none: in memory. Default: SPARKOBS_DATA_DIR, else ~/.local/state/sparkobs/listen.",
            HelpName = "DIR",
        };
        var http = new Option<string?>("--http")
        {
            Description = "Where /healthz, /readyz and /metrics are served: 127.0.0.1:4320, or 0.0.0.0:4320 for Kubernetes' probes. Default: nowhere.",
            HelpName = "HOST:PORT",
        };
        var spoolDir = new Option<string?>("--spool-dir")
        {
            Description = "Where drivers keep what no bridge takes (spark.sparkobs.spool.dir): spools of drivers that are gone are read, once.",
            HelpName = "DIR",
        };
        var command = new Command("listen", Description)
        {
            listenOn, tokenFile, certificate, key, clientCa, output, file, tasks, endpoint, idle, data, http, spoolDir, HelpWithNotes.Option(Notes),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new ListenOptions
            {
                ListenOn = parsed.GetRequiredValue(listenOn),
                TokenFile = parsed.GetValue(tokenFile),
                TlsCertificate = parsed.GetValue(certificate),
                TlsKey = parsed.GetValue(key),
                TlsClientCa = parsed.GetValue(clientCa),
                Json = parsed.GetRequiredValue(output) == "otlp-json",
                File = parsed.GetValue(file),
                AllTasks = parsed.GetValue(tasks) == CommonOptions.AllTasks,
                Endpoint = parsed.GetValue(endpoint),
                IdleTimeout = parsed.GetValue(idle),
                DataDirectory = parsed.GetValue(data),
                Http = parsed.GetValue(http),
                SpoolDir = parsed.GetValue(spoolDir),
            };
            options.Check();
            return (int)await new ListenRun(options, terminal()).RunAsync(cancellationToken).ConfigureAwait(false);
        });
        return command;
    }
}
