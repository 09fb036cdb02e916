using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SparkObs.Cli.Doctor;

/// <summary>Whether a bridge that runs can be reached, as a driver would: connection, TLS both ways, and that it is a bridge.</summary>
internal static class RunningBridgeChecks
{
    private const string Subject = "bridge";
    private const string Tls = "tls://";
    private const string Unix = "unix:";

    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    /// <summary>No hello, so that no application begins; a bridge's answer names itself. Longer than the head of a TLS record, which is waited for.</summary>
    private static ReadOnlyMemory<byte> Probe => "{\"SparkObsDoctor\":1}\n"u8.ToArray();

    public static async Task<Finding> AnswerAsync(string bridge, DoctorOptions options)
    {
        if (!TryParse(bridge, out var host, out var port))
            return new Finding(Mark.Bad, Subject, $"'{bridge}' is no address", "use tls://host:port, host:port on this machine or unix:/path");
        using var late = new CancellationTokenSource(AnswerWithin);
        var seen = new Seen();
        try
        {
            var plain = await ConnectAsync(host, port, late.Token).ConfigureAwait(false);
            await using var _ = plain.ConfigureAwait(false);
            var stream = bridge.StartsWith(Tls, StringComparison.Ordinal) ? await EncryptAsync(plain, host, options, seen, late.Token).ConfigureAwait(false) : plain;
            await using var __ = stream.ConfigureAwait(false);
            seen.HasConnected = true;
            await stream.WriteAsync(Probe, late.Token).ConfigureAwait(false);
            var answer = new byte[1024];
            var read = await stream.ReadAsync(answer, late.Token).ConfigureAwait(false);
            if (Encoding.UTF8.GetString(answer, 0, read).Contains("hello of SparkObs", StringComparison.Ordinal))
                return Finding.Good(Subject, $"{bridge} answers" + (seen.NotAfter is { } until ? $", with a certificate until {until:yyyy-MM-dd}" : ""));
            return read > 0
                ? new Finding(Mark.Bad, Subject, $"what answers at {bridge} is no bridge", "sparkobs listen prints its address")
                : Closed(bridge);
        }
        catch (AuthenticationException e)
        {
            return new Finding(Mark.Bad, Subject, $"no TLS with {bridge}", seen.Advice(host) ?? $"{(e.InnerException ?? e).Message.TrimEnd('.')}: is it sparkobs listen --listen-on tls://…?");
        }
        catch (Exception e) when (e is CryptographicException or UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            return new Finding(Mark.Bad, Subject, "a PEM file of --tls-ca, --tls-cert or --tls-key cannot be used", e.Message);
        }
        catch (Exception e) when (e is IOException && seen.HasConnected)
        {
            return Closed(bridge);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            var why = e is OperationCanceledException ? $"no answer within {AnswerWithin.TotalSeconds} s" : e.Message;
            return new Finding(Mark.Bad, Subject, $"{bridge} cannot be reached", $"{why}: start sparkobs listen there, or open the port; it prints its address");
        }
    }

    private static Finding Closed(string bridge) => new(Mark.Bad, Subject, $"{bridge} closed the connection",
        bridge.StartsWith(Tls, StringComparison.Ordinal)
            ? "it asks for a certificate of its authority (--tls-client-ca): name one by --tls-cert and --tls-key, as the driver by spark.sparkobs.tls.cert and .key"
            : "it speaks TLS: use tls://host:port");

    private static bool TryParse(string bridge, out string host, out int port)
    {
        (host, port) = (bridge, 0);
        if (bridge.StartsWith(Unix, StringComparison.Ordinal))
            return bridge.Length > Unix.Length;
        var address = bridge.StartsWith(Tls, StringComparison.Ordinal) || bridge.StartsWith("tcp://", StringComparison.Ordinal) ? bridge[Tls.Length..] : bridge;
        var colon = address.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(address[(colon + 1)..], out var number))
            return false;
        (host, port) = (address[..colon].Trim('[', ']'), number);
        return true;
    }

    private static async Task<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var isUnix = port == 0;
        var socket = isUnix ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(isUnix ? new UnixDomainSocketEndPoint(host[Unix.Length..]) : new DnsEndPoint(host, port), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Stream> EncryptAsync(Stream plain, string host, DoctorOptions options, Seen seen, CancellationToken cancellationToken)
    {
        var settings = new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = (_, certificate, chain, errors) => seen.Look(certificate, chain, errors) };
        if (options.TlsCa is { } ca)
        {
            settings.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            settings.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(ca);
        }
        if (options.TlsCertificate is { } certificate)
            settings.ClientCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(certificate, options.TlsKey), null, offline: true);
        var encrypted = new SslStream(plain);
        await encrypted.AuthenticateAsClientAsync(settings, cancellationToken).ConfigureAwait(false);
        return encrypted;
    }

    /// <summary>The bridge's certificate, and what was wrong with it.</summary>
    private sealed class Seen
    {
        private SslPolicyErrors errors;
        private string chainProblem = "";

        public DateTime? NotAfter { get; private set; }

        /// <summary>The handshake was done: with TLS 1.3 a refusal of our certificate comes behind it.</summary>
        public bool HasConnected { get; set; }

        public bool Look(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors found)
        {
            errors = found;
            NotAfter = (certificate as X509Certificate2)?.NotAfter.ToUniversalTime();
            chainProblem = string.Join(", ", (chain?.ChainStatus ?? []).Select(status => status.Status).Distinct());
            return found == SslPolicyErrors.None;
        }

        public string? Advice(string host)
        {
            if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
                return $"its certificate is for another name: it must have {host} among its subject alternative names";
            if (!errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
                return null;
            return NotAfter < DateTime.UtcNow
                ? $"its certificate has expired on {NotAfter:yyyy-MM-dd}: renew it; the bridge takes the new files up by itself"
                : $"its certificate is not trusted ({chainProblem}): name its authority by --tls-ca, as the driver by spark.sparkobs.tls.ca";
        }
    }
}
