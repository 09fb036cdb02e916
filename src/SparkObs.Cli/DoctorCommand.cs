using System.CommandLine;
using SparkObs.Cli.Doctor;

namespace SparkObs.Cli;

/// <summary><c>sparkobs doctor</c>: checks what a live trace needs, and says what to do.</summary>
internal static class DoctorCommand
{
    private const string Description = "Checks Spark, Java, the jar, the bridge's address and the collector, and says what to do.";

    private const string Notes = """
        Each line begins with ✓ (good), ! (works, but read it) or ✗ (does not work).

        Variables: SPARK_HOME, JAVA_HOME, SPARKOBS_TOKEN, OTEL_EXPORTER_OTLP_..., as submit and listen read them.

        Exit codes:
          0    nothing that is checked stands in the way
          2    wrong usage, or a line begins with ✗
        """;

    public static Command Create(Func<Terminal> terminal)
    {
        var listenOn = new Option<string>("--listen-on")
        {
            Description = "Where a bridge is to listen: tcp://127.0.0.1:PORT (0: a free one, as submit does), unix:/path or tls://0.0.0.0:PORT.",
            HelpName = "ENDPOINT",
            DefaultValueFactory = _ => "tcp://127.0.0.1:0",
        };
        var tokenFile = new Option<string?>("--token-file") { Description = "The file with the token for sparkobs listen.", HelpName = "FILE" };
        var bridge = new Option<string?>("--bridge")
        {
            Description = "A bridge that runs, as drivers see it (tls://host:port, host:port or unix:/path): connects to it, instead of listening.",
            HelpName = "ADDRESS",
        };
        var ca = new Option<string?>("--tls-ca") { Description = "With --bridge: the PEM file of the authorities to trust, as spark.sparkobs.tls.ca. Default: the system's.", HelpName = "FILE" };
        var certificate = CommonOptions.TlsCertificate();
        certificate.Description += " With --bridge: the driver's, as spark.sparkobs.tls.cert.";
        var key = CommonOptions.TlsKey();
        var clientCa = CommonOptions.TlsClientCa();
        var endpoint = CommonOptions.Endpoint(" It is sent one span.");
        var command = new Command("doctor", Description) { listenOn, bridge, ca, certificate, key, clientCa, tokenFile, endpoint, HelpWithNotes.Option(Notes) };
        command.SetAction(async (parsed, _) =>
        {
            var options = new DoctorOptions
            {
                ListenOn = parsed.GetRequiredValue(listenOn),
                Bridge = parsed.GetValue(bridge),
                TlsCa = parsed.GetValue(ca),
                TlsCertificate = parsed.GetValue(certificate),
                TlsKey = parsed.GetValue(key),
                TlsClientCa = parsed.GetValue(clientCa),
                TokenFile = parsed.GetValue(tokenFile),
                Endpoint = parsed.GetValue(endpoint),
            };
            return (int)await new DoctorRun(options, terminal()).RunAsync().ConfigureAwait(false);
        });
        return command;
    }
}
