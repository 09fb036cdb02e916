using System.Security.Cryptography.X509Certificates;

namespace SparkObs.Spark.Export;

/// <summary>The two forms of OTLP that are spoken; OTLP's http/json is not.</summary>
internal enum OtlpProtocol : byte
{
    Grpc,
    HttpProtobuf,
}

/// <summary>How and where spans are sent. <see cref="OtlpEnvironment"/> makes one from the <c>OTEL_EXPORTER_OTLP_*</c> variables.</summary>
internal sealed record OtlpOptions
{
    public const long DefaultQueueBytes = 1024 * 1024 * 1024;

    /// <summary>What is sent. Default: spans.</summary>
    public OtlpSignal Signal { get; init; } = OtlpSignal.Traces;

    /// <summary>Default: grpc, as in OpenTelemetry's SDK for .NET.</summary>
    public OtlpProtocol Protocol { get; init; } = OtlpProtocol.Grpc;

    /// <summary>
    /// Where requests go; over HTTP with the path. http:// means without TLS, for gRPC too. Default: that of a local collector.
    /// </summary>
    public Uri Endpoint { get; init; } = OtlpEnvironment.DefaultGrpcEndpoint;

    /// <summary>Headers (gRPC: metadata) of each request. Values are secrets.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Whether requests are compressed. Default: no.</summary>
    public bool Gzip { get; init; }

    /// <summary>How long one request may take before it is tried again. Default: 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The authorities to trust instead of the system's. Default: the system's.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>The client's own certificate with its key, for mutual TLS.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>
    /// Encoded size up to which spans go into one request. Default: 2 MiB. gRPC servers refuse above 4 MiB by default, and
    /// larger requests are no faster.
    /// </summary>
    public int MaxRequestBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>
    /// Encoded bytes, queued or on their way, above which a producer waits. Default: 32 MiB, about 20,000 task spans: two seconds'
    /// work for a slow collector, and little beside a driver's heap.
    /// </summary>
    public long MaxQueuedBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>The queue's folder below a bridge's data directory.</summary>
    public const string QueueFolder = "export";

    /// <summary>
    /// The folder for requests that wait while the collector takes nothing, and for those that it refuses for good. Null: they wait in
    /// memory, and what waits there when the process ends is lost. Several processes may share one. Default: null.
    /// </summary>
    public string? QueueDirectory { get; init; }

    /// <summary>
    /// Bytes that the requests of one process take in the folder; when they are reached, a producer waits. Default: 1 GiB, about a
    /// million task spans.
    /// </summary>
    public long QueueBytes { get; init; } = DefaultQueueBytes;

    /// <summary>Requests on their way at once. Default: 2, so that one is sent while the collector works on the other.</summary>
    public int Senders { get; init; } = 2;

    /// <summary>
    /// How long a collector may take nothing before the sink gives up. Default: 60 s;
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: never.
    /// </summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// For spans of applications that run: a collector that is away must not cost them any. They wait in the folder that the user has
    /// named, else in this one, and then their producer waits.
    /// </summary>
    public OtlpOptions WaitingIn(string? directory) => this with { GiveUpAfter = System.Threading.Timeout.InfiniteTimeSpan, QueueDirectory = QueueDirectory ?? directory };

    /// <summary>The endpoint as it may be shown and logged: without user, password and query.</summary>
    public string DisplayEndpoint => Display(Endpoint);

    internal static string Display(Uri endpoint) =>
        endpoint.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
