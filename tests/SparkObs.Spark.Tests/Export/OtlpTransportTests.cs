using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SparkObs.Spark.Export;

namespace SparkObs.Spark.Tests.Export;

/// <summary>What goes over the wire beside the spans: headers, compression, TLS.</summary>
public class OtlpTransportTests
{
    public static TheoryData<string> Protocols => ["grpc", "http/protobuf"];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Headers_and_user_agent_are_sent(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Protocol(protocol));

        await SendAsync(collector, protocol, ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc,x-tenant=t"));

        var request = Assert.Single(collector.Received);
        Assert.Equal(("Bearer abc", "t"), (request.Headers["authorization"], request.Headers["x-tenant"]));
        Assert.Contains($"SparkObs.Spark/{OtlpScope.Version}", request.Headers["user-agent"], StringComparison.Ordinal);
        Assert.False(request.Headers.ContainsKey("traceparent"));
        Assert.False(request.Compressed);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Gzip_compresses_the_request(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Protocol(protocol));

        await SendAsync(collector, protocol, ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"));

        var request = Assert.Single(collector.Received);
        Assert.True(request.Compressed);
        Assert.Equal(DecodedSpan.Expected(Batches.Small(50)), request.Spans);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Private_authority_and_client_certificate_are_used(string protocol)
    {
        using var files = new CertificateFiles();
        await using var collector = await MockCollector.StartAsync(Protocol(protocol), certificate: files.Server,
            acceptClient: client => client.Subject == "CN=sparkobs-client");

        await SendAsync(collector, protocol,
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", files.AuthorityPath),
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", files.ClientPath),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", files.ClientKeyPath));

        Assert.Equal(DecodedSpan.Expected(Batches.Small(50)), Assert.Single(collector.Received).Spans);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Unknown_authority_is_not_trusted(string protocol)
    {
        using var files = new CertificateFiles();
        await using var collector = await MockCollector.StartAsync(Protocol(protocol), certificate: files.Server);

        var thrown = await Assert.ThrowsAsync<CollectorUnreachableException>(() => SendAsync(collector, protocol));

        Assert.Contains("certificate", thrown.Message, StringComparison.Ordinal);
        Assert.Empty(collector.Received);
    }

    [Fact]
    public async Task Redirect_is_not_followed()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Answer = (_, _) => new Answer { Http = 307, Message = "elsewhere" };

        var counts = await SendAsync(collector, "http/protobuf");

        Assert.Equal("HTTP 307: elsewhere", counts.LastRefusal);
        Assert.Equal((50, 50), (counts.Taken, counts.Refused));
    }

    private static async Task<ExportCounts> SendAsync(MockCollector collector, string protocol, params (string Name, string Value)[] variables)
    {
        var options = OtlpEnvironment.Read(
            name => name == "OTEL_EXPORTER_OTLP_PROTOCOL" ? protocol : variables.FirstOrDefault(v => v.Name == name).Value,
            collector.Endpoint.AbsoluteUri.Replace("127.0.0.1", "localhost", StringComparison.Ordinal));
        await using var sink = new OtlpSink(options, null, new SkippingTime());
        await sink.WriteAsync(Batches.Small(50), default);
        await sink.FlushAsync(default);
        return sink.Counts;
    }

    private static OtlpProtocol Protocol(string name) => name == "grpc" ? OtlpProtocol.Grpc : OtlpProtocol.HttpProtobuf;

    /// <summary>A private authority, and a server's and a client's certificate that it issued.</summary>
    private sealed class CertificateFiles : IDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("sparkobs-tls").FullName;

        public CertificateFiles()
        {
            using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=sparkobs-ca", authorityKey, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            File.WriteAllText(AuthorityPath, authority.ExportCertificatePem());
            var (server, serverKey) = Issue(authority, "CN=localhost");
            using (server)
            using (serverKey)
            using (var withKey = server.CopyWithPrivateKey(serverKey))
                Server = X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
            var (client, clientKey) = Issue(authority, "CN=sparkobs-client");
            using (client)
            using (clientKey)
            {
                File.WriteAllText(ClientPath, client.ExportCertificatePem());
                File.WriteAllText(ClientKeyPath, clientKey.ExportPkcs8PrivateKeyPem());
            }
        }

        public X509Certificate2 Server { get; }

        public string AuthorityPath => Path.Combine(folder, "ca.pem");

        public string ClientPath => Path.Combine(folder, "client.pem");

        public string ClientKeyPath => Path.Combine(folder, "client.key");

        public void Dispose()
        {
            Server.Dispose();
            Directory.Delete(folder, recursive: true);
        }

        private static (X509Certificate2, ECDsa) Issue(X509Certificate2 authority, string subject)
        {
            var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
            return (request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8)), key);
        }
    }
}
