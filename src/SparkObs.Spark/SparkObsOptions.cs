namespace SparkObs.Spark;

/// <summary>
/// What <see cref="SparkObservability.Start"/> may be told. Everything has a default. OpenTelemetry's own variables
/// (<c>OTEL_EXPORTER_OTLP_*</c>, <c>OTEL_SERVICE_NAME</c>, <c>OTEL_RESOURCE_ATTRIBUTES</c>) say where spans go and what they are
/// called; the <c>SPARKOBS_*</c> variables named below say the rest. A property that is set wins over its variable.
/// All values are checked once, at the start.
/// </summary>
public sealed class SparkObsOptions
{
    /// <summary>
    /// Where the driver's side connects to: <c>tcp://127.0.0.1:port</c> (port 0: a free one) or <c>unix:/path</c>, for JVMs from 16 on.
    /// Elsewhere than on loopback <c>tls://0.0.0.0:port</c>, which needs a certificate. Default: the variable <c>SPARKOBS_LISTEN</c>, else
    /// <c>tcp://127.0.0.1:0</c>.
    /// </summary>
    public string? Listen { get; set; }

    /// <summary>
    /// For <c>tls://</c>: the PEM file of the certificate, with those of authorities in between behind it. Read again when it changes.
    /// Default: the variable <c>SPARKOBS_TLS_CERT</c>.
    /// </summary>
    public string? TlsCertificate { get; set; }

    /// <summary>The PEM file of <see cref="TlsCertificate"/>'s key, not encrypted. Default: the variable <c>SPARKOBS_TLS_KEY</c>.</summary>
    public string? TlsKey { get; set; }

    /// <summary>
    /// The PEM file of the authority, with its root, whose certificates drivers must show. Default: the variable
    /// <c>SPARKOBS_TLS_CLIENT_CA</c>, else drivers need no certificate, but the token alone.
    /// </summary>
    public string? TlsClientCa { get; set; }

    /// <summary>
    /// The secret that the driver's side must show. Default: the variable <c>SPARKOBS_TOKEN</c>, which a JVM that is started from here
    /// inherits; else a random one, for which a file of mode 0600 is written (see <see cref="SparkObservability.SparkConf"/>).
    /// </summary>
    public string? Token { get; set; }

    /// <summary>
    /// The collector's address for OTLP, such as <c>http://collector:4317</c>. Default: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, else
    /// <c>http://localhost:4317</c> (with the protocol http/protobuf: port 4318).
    /// </summary>
    public string? OtlpEndpoint { get; set; }

    /// <summary>
    /// The service name of all spans. Default: <c>OTEL_SERVICE_NAME</c>, else each application's own name.
    /// </summary>
    public string? ServiceName { get; set; }

    /// <summary>
    /// Resource attributes of all spans, beside SparkObs's own; they win over those of the same name in
    /// <c>OTEL_RESOURCE_ATTRIBUTES</c>. Default: none.
    /// </summary>
    public IDictionary<string, string> ResourceAttributes { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Whether every task gets a span. Otherwise a stage of more than 200 tasks has spans for its failed, killed, retried and
    /// speculative tasks and its 50 slowest; its totals are exact either way. Default: the variable <c>SPARKOBS_TASKS</c>
    /// (<c>all</c> or <c>selected</c>), else false.
    /// </summary>
    public bool? AllTasks { get; set; }

    /// <summary>
    /// How long nothing may come from a driver, not even a heartbeat (they come every 10 s), before its application's spans are closed
    /// as incomplete. At least 20 s. Default: the variable <c>SPARKOBS_IDLE_TIMEOUT</c> (seconds), else 60 s.
    /// </summary>
    public TimeSpan? IdleTimeout { get; set; }

    /// <summary>
    /// How long disposing may take to deliver the last spans. Default: the variable <c>SPARKOBS_FLUSH_TIMEOUT</c> (seconds), else 10 s.
    /// </summary>
    public TimeSpan? FlushTimeout { get; set; }

    /// <summary>
    /// A folder for what must survive a kill of this process: the lines that drivers have handed over, until their spans are delivered.
    /// One process a folder; the next one that is given it goes on from there. Default: the variable <c>SPARKOBS_DATA_DIR</c>, else none:
    /// then it is held in memory.
    /// </summary>
    public string? DataDirectory { get; set; }

    /// <summary>
    /// Is told, in one line, what a user should know: a collector that cannot be reached, a connection that was refused, spans that
    /// were lost. Called from any thread; it must not block. Default: lines on standard error.
    /// </summary>
    public Action<string>? Notice { get; set; }

    /// <summary>As it is now, whatever becomes of this one.</summary>
    internal SparkObsOptions Copy()
    {
        var copy = (SparkObsOptions)MemberwiseClone();
        copy.ResourceAttributes = new Dictionary<string, string>(ResourceAttributes, StringComparer.Ordinal);
        return copy;
    }

    /// <summary>The names of what is set here, and there is not, or to another value.</summary>
    internal IReadOnlyList<string> DifferFrom(SparkObsOptions other)
    {
        (string Name, object? Here, object? There)[] all =
        [
            (nameof(Listen), Listen, other.Listen), (nameof(TlsCertificate), TlsCertificate, other.TlsCertificate),
            (nameof(TlsKey), TlsKey, other.TlsKey), (nameof(TlsClientCa), TlsClientCa, other.TlsClientCa), (nameof(Token), Token, other.Token),
            (nameof(OtlpEndpoint), OtlpEndpoint, other.OtlpEndpoint), (nameof(ServiceName), ServiceName, other.ServiceName),
            (nameof(AllTasks), AllTasks, other.AllTasks), (nameof(IdleTimeout), IdleTimeout, other.IdleTimeout),
            (nameof(FlushTimeout), FlushTimeout, other.FlushTimeout), (nameof(DataDirectory), DataDirectory, other.DataDirectory),
            (nameof(Notice), Notice, other.Notice),
        ];
        var names = all.Where(option => option.Here is not null && !option.Here.Equals(option.There)).Select(option => option.Name);
        return [.. names, .. ResourceAttributes.Except(other.ResourceAttributes).Any() ? [nameof(ResourceAttributes)] : Array.Empty<string>()];
    }
}
