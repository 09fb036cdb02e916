using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace SparkObs.Spark.Export;

/// <summary>The HTTP connections under both transports.</summary>
internal static class OtlpHttpHandler
{
    public static SocketsHttpHandler Create(OtlpOptions options) => new()
    {
        // Exporting spans makes no spans.
        ActivityHeadersPropagator = null,
        // A redirect would send the headers, which are secrets, elsewhere.
        AllowAutoRedirect = false,
        UseCookies = false,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = options.Timeout,
        SslOptions = Tls(options),
    };

    private static SslClientAuthenticationOptions Tls(OtlpOptions options)
    {
        var tls = new SslClientAuthenticationOptions();
        if (options.TrustedRoots is { } roots)
        {
            // A private authority seldom publishes revocation lists.
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
        }
        if (options.ClientCertificate is { } certificate)
            tls.ClientCertificates = [certificate];
        return tls;
    }
}
