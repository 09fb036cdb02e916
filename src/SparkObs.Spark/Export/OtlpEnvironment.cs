using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SparkObs.Spark.Export;

/// <summary>
/// Reads the queue's variables (<c>SPARKOBS_QUEUE_*</c>) and OpenTelemetry's standard ones (specification, "OpenTelemetry Protocol Exporter"): a variable of
/// <c>OTEL_EXPORTER_OTLP_TRACES_*</c> (for logs: <c>_LOGS_</c>) wins over its general twin, and an empty one counts as unset.
/// </summary>
internal sealed class OtlpEnvironment
{
    public static readonly Uri DefaultGrpcEndpoint = new("http://localhost:4317");

    private const string QueueDirectoryVariable = "SPARKOBS_QUEUE_DIR";
    private const string QueueBytesVariable = "SPARKOBS_QUEUE_BYTES";

    /// <summary>A request of the largest size, for which gRPC servers have room, must fit several times.</summary>
    private const long LeastQueueBytes = 16 * 1024 * 1024;

    private static readonly Uri DefaultHttpEndpoint = new("http://localhost:4318/");

    private readonly Func<string, string?> variable;
    private readonly OtlpSignal signal;

    private OtlpEnvironment(Func<string, string?> variable, OtlpSignal signal)
    {
        this.variable = variable;
        this.signal = signal;
    }

    /// <summary>The options that the variables ask for.</summary>
    /// <param name="variable">Gives a variable's value: <see cref="Environment.GetEnvironmentVariable(string)"/>.</param>
    /// <param name="endpoint">What the caller was told (<c>--endpoint</c>); wins over the variables. Over HTTP the signal's path is
    /// appended where it is missing.</param>
    /// <param name="signal">What is to be sent; spans, if it is not said.</param>
    /// <exception cref="ExportConfigurationException">A value is wrong.</exception>
    public static OtlpOptions Read(Func<string, string?> variable, string? endpoint = null, OtlpSignal? signal = null)
    {
        signal ??= OtlpSignal.Traces;
        var environment = new OtlpEnvironment(variable, signal);
        var protocol = environment.Protocol();
        return new OtlpOptions
        {
            Signal = signal,
            Protocol = protocol,
            Endpoint = environment.Endpoint(protocol, endpoint),
            Headers = environment.Find("HEADERS") is var (name, value) ? OtlpHeaders.Parse(name, value) : [],
            Gzip = environment.Gzip(),
            Timeout = environment.Timeout(),
            TrustedRoots = environment.TrustedRoots(),
            ClientCertificate = environment.ClientCertificate(),
            QueueDirectory = environment.Value(QueueDirectoryVariable)?.Value,
            QueueBytes = environment.QueueBytes(),
        };
    }

    private OtlpProtocol Protocol() => Find("PROTOCOL") switch
    {
        null or (_, "grpc") => OtlpProtocol.Grpc,
        (_, "http/protobuf") => OtlpProtocol.HttpProtobuf,
        var (name, value) => throw Wrong(name, value, "grpc or http/protobuf"),
    };

    private Uri Endpoint(OtlpProtocol protocol, string? given)
    {
        var http = protocol == OtlpProtocol.HttpProtobuf;
        if (!string.IsNullOrWhiteSpace(given))
        {
            var told = ParseEndpoint("--endpoint", given);
            return http && !told.AbsolutePath.EndsWith("/" + signal.Path, StringComparison.Ordinal) ? WithPath(told) : told;
        }
        if (Find("ENDPOINT") is not var (name, value))
            return http ? WithPath(DefaultHttpEndpoint) : DefaultGrpcEndpoint;
        var endpoint = ParseEndpoint(name, value);
        var general = !name.Contains(signal.Variables, StringComparison.Ordinal);
        return http && general ? WithPath(endpoint) : endpoint;
    }

    /// <summary>Checks scheme and form. Of a wrong value what may be a password (all before an @) is not shown.</summary>
    private static Uri ParseEndpoint(string name, string value)
    {
        if (Uri.TryCreate(value, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https" && endpoint.Host.Length > 0)
            return new UriBuilder(endpoint) { UserName = "", Password = "", Fragment = "" }.Uri;
        var shown = value.LastIndexOf('@') is var at and >= 0 ? "…" + value[at..] : value;
        throw Wrong(name, shown.Split('?')[0], "an address such as http://localhost:4317 (gRPC) or https://host:4318 (HTTP)");
    }

    private Uri WithPath(Uri endpoint)
    {
        var builder = new UriBuilder(endpoint);
        builder.Path = builder.Path.TrimEnd('/') + "/" + signal.Path;
        return builder.Uri;
    }

    private bool Gzip() => Find("COMPRESSION") switch
    {
        null or (_, "none") => false,
        (_, "gzip") => true,
        var (name, value) => throw Wrong(name, value, "gzip or none"),
    };

    private TimeSpan Timeout()
    {
        if (Find("TIMEOUT") is not var (name, value))
            return TimeSpan.FromSeconds(10);
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var ms) && ms > 0
            ? TimeSpan.FromMilliseconds(ms)
            : throw Wrong(name, value, "a number of milliseconds above 0");
    }

    private long QueueBytes()
    {
        if (Value(QueueBytesVariable) is not var (name, value))
            return OtlpOptions.DefaultQueueBytes;
        return ByteSize.TryParse(value, out var bytes) && bytes >= LeastQueueBytes
            ? bytes
            : throw Wrong(name, value, "a number of bytes from 16m on, such as 512m or 1g");
    }

    private X509Certificate2Collection? TrustedRoots()
    {
        if (Find("CERTIFICATE") is not var (name, path))
            return null;
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPemFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw Unreadable(name, path, e);
        }
        return roots.Count > 0 ? roots : throw Wrong(name, path, "a PEM file with one certificate or more");
    }

    private X509Certificate2? ClientCertificate()
    {
        var certificate = Find("CLIENT_CERTIFICATE");
        var key = Find("CLIENT_KEY");
        if (certificate is null && key is null)
            return null;
        if (certificate is not var (certificateName, certificatePath) || key is not var (_, keyPath))
            throw new ExportConfigurationException(
                "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY: both or neither must be set.");
        try
        {
            return UsableForTls(X509Certificate2.CreateFromPemFile(certificatePath, keyPath));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw Unreadable(certificateName, certificatePath, e);
        }
    }

    /// <summary>Windows' TLS takes no key that lives in memory only; its own store format does.</summary>
    private static X509Certificate2 UsableForTls(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
            return certificate;
        using (certificate)
        {
            var exported = certificate.Export(X509ContentType.Pkcs12);
#if NET9_0_OR_GREATER
            return X509CertificateLoader.LoadPkcs12(exported, null);
#else
            return new X509Certificate2(exported);
#endif
        }
    }

    private (string Name, string Value)? Find(string suffix) =>
        Value($"OTEL_EXPORTER_OTLP_{signal.Variables}_{suffix}") ?? Value("OTEL_EXPORTER_OTLP_" + suffix);

    private (string Name, string Value)? Value(string name) =>
        variable.Told(name) is { } value ? (name, value) : null;

    private static ExportConfigurationException Wrong(string name, string value, string valid) =>
        new($"{name}: '{value}' is not supported; use {valid}.");

    private static ExportConfigurationException Unreadable(string name, string path, Exception e) =>
        new($"{name}: cannot read '{path}': {e.Message}");
}
