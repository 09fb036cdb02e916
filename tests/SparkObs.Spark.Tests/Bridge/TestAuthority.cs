using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>An authority for tests, with the PEM files of what it issues in a folder that goes with it.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sparkobs-tls-").FullName;
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 root;

    public TestAuthority()
    {
        var request = new CertificateRequest("CN=sparkobs-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(10));
        File.WriteAllText(Root, root.ExportCertificatePem());
    }

    /// <summary>The authority's own certificate.</summary>
    public string Root => PathOf("ca.crt");

    public string PathOf(string file) => Path.Combine(folder, file);

    /// <summary>Writes <c>name.crt</c> and <c>name.key</c> (PKCS#8), for localhost; valid for some days, unless told to have expired.</summary>
    public (string Certificate, string Key) Issue(string name, bool rsa = false, bool expired = false)
    {
        using AsymmetricAlgorithm own = rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = own is RSA rsaKey
            ? new CertificateRequest($"CN={name}", rsaKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest($"CN={name}", (ECDsa)own, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var until = DateTimeOffset.UtcNow.AddDays(expired ? -1 : 5);
        using var certificate = request.Create(
            root.SubjectName, X509SignatureGenerator.CreateForECDsa(key), until.AddDays(-6), until, RandomNumberGenerator.GetBytes(8));
        var files = (PathOf($"{name}.crt"), PathOf($"{name}.key"));
        File.WriteAllText(files.Item1, certificate.ExportCertificatePem());
        File.WriteAllText(files.Item2, own.ExportPkcs8PrivateKeyPem());
        return files;
    }

    public void Dispose()
    {
        root.Dispose();
        key.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
