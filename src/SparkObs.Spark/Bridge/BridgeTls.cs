using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography;
using SparkObs.Spark.Export;

namespace SparkObs.Spark.Bridge;

/// <summary>
/// The bridge's side of TLS: its certificate and key and, where drivers must show certificates, the authority that these are verified
/// against. All are PEM files, read again when they have changed: certificates are renewed while a bridge runs.
/// </summary>
internal sealed class BridgeTls
{
    private readonly string certificateFile;
    private readonly string keyFile;
    private readonly string? clientCaFile;
    private readonly object gate = new();
    private DateTime readAt;
    private DateTime failedAt;
    private string? problem;
    private (SslStreamCertificateContext Certificate, X509ChainPolicy? Clients) current;

    private BridgeTls(string certificateFile, string keyFile, string? clientCaFile)
    {
        this.certificateFile = certificateFile;
        this.keyFile = keyFile;
        this.clientCaFile = clientCaFile;
        readAt = ChangedAt();
        current = Read();
    }

    /// <summary>Until when the certificate is valid.</summary>
    public DateTime NotAfter => current.Certificate.TargetCertificate.NotAfter;

    /// <summary>Reads the files: those given, else those that the variables <c>SPARKOBS_TLS_…</c> name.</summary>
    /// <param name="variable">Gives a variable's value.</param>
    /// <returns>Null when no file is named.</returns>
    /// <exception cref="BridgeException">One is missing, or cannot be used.</exception>
    public static BridgeTls? Load(string? certificate, string? key, string? clientCa, Func<string, string?> variable)
    {
        certificate ??= variable.Told("SPARKOBS_TLS_CERT");
        key ??= variable.Told("SPARKOBS_TLS_KEY");
        clientCa ??= variable.Told("SPARKOBS_TLS_CLIENT_CA");
        if (certificate is null && key is null && clientCa is null)
            return null;
        if (certificate is null || key is null)
            throw new BridgeException($"TLS needs both a certificate and its key, two PEM files: --tls-{(certificate is null ? "cert or SPARKOBS_TLS_CERT" : "key or SPARKOBS_TLS_KEY")} is missing.");
        try
        {
            return new BridgeTls(certificate, key, clientCa);
        }
        catch (Exception e) when (IsUnusable(e))
        {
            throw new BridgeException($"cannot use the TLS files {certificate}, {key}{(clientCa is null ? "" : $", {clientCa}")}: {e.Message.TrimEnd('.')}. PEM files are expected, the key the certificate's and not encrypted.", e);
        }
    }

    /// <summary>Makes the socket's stream an encrypted one.</summary>
    /// <param name="notice">Is told when files that have changed cannot be used.</param>
    /// <exception cref="AuthenticationException">The other side does not speak TLS, shows no certificate or one that does not hold, or does not trust ours.</exception>
    /// <exception cref="IOException">It is gone.</exception>
    public async Task<SslStream> AuthenticateAsync(Socket socket, Action<string> notice, CancellationToken cancellationToken)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false));
        try
        {
            await stream.AuthenticateAsServerAsync(Options(notice), cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>For one connection: a stream puts what it was shown into the policy.</summary>
    private SslServerAuthenticationOptions Options(Action<string> notice)
    {
        var (certificate, clients) = Current(notice);
        return new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ServerCertificateContext = certificate,
            ClientCertificateRequired = clients is not null,
            CertificateChainPolicy = clients?.Clone(),
            RemoteCertificateValidationCallback = clients is null ? null
                : static (_, shown, _, errors) => shown is not null && errors == SslPolicyErrors.None,
        };
    }

    private (SslStreamCertificateContext Certificate, X509ChainPolicy? Clients) Current(Action<string> notice)
    {
        lock (gate)
        {
            try
            {
                // Taken before they are read: what changes meanwhile is read again.
                if (ChangedAt() is var changed && changed != readAt && changed != failedAt)
                {
                    failedAt = changed;
                    current = Read();
                    readAt = changed;
                    problem = null;
                }
            }
            catch (Exception e) when (IsUnusable(e))
            {
                // A file that is away is so for each connection.
                if (problem != e.Message)
                    notice($"the changed TLS files cannot be used, and the old ones are used on: {e.Message}");
                problem = e.Message;
            }
            return current;
        }
    }

    private (SslStreamCertificateContext, X509ChainPolicy?) Read()
    {
        using var pem = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificateFile);
        return (SslStreamCertificateContext.Create(Usable(pem), chain, offline: true), clientCaFile is null ? null : ClientsOf(clientCaFile));
    }

    /// <summary>No other authority counts, and a private one seldom publishes revocation lists.</summary>
    private static X509ChainPolicy ClientsOf(string caFile)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(caFile);
        if (!policy.CustomTrustStore.Any(certificate => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)))
            throw new CryptographicException($"no root certificate is in {caFile}");
        return policy;
    }

    /// <summary>Windows uses no key that is in memory alone.</summary>
    private static X509Certificate2 Usable(X509Certificate2 pem)
    {
        if (!OperatingSystem.IsWindows())
            return new X509Certificate2(pem);
        var pfx = pem.Export(X509ContentType.Pfx);
#if NET9_0_OR_GREATER
        return X509CertificateLoader.LoadPkcs12(pfx, null);
#else
        return new X509Certificate2(pfx);
#endif
    }

    /// <summary>The latest change of any; of what links lead to, as Kubernetes renews what a link leads to.</summary>
    private DateTime ChangedAt()
    {
        var latest = DateTime.MinValue;
        foreach (var file in new[] { certificateFile, keyFile, clientCaFile })
        {
            if (file is null)
                continue;
            using var handle = File.OpenHandle(file);
            var changed = File.GetLastWriteTimeUtc(handle);
            latest = changed > latest ? changed : latest;
        }
        return latest;
    }

    private static bool IsUnusable(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;
}
