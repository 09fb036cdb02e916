using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SparkObs.Spark.Bridge;

/// <summary>
/// Where a bridge listens: a loopback TCP port, a Unix domain socket, or any TCP port with TLS. The protocol carries a token, and does
/// not leave the machine in the clear.
/// </summary>
internal sealed class BridgeEndpoint
{
    private const string Tcp = "tcp://";
    private const string Tls = "tls://";
    private const string Unix = "unix:";

    private readonly IPEndPoint? address;
    private readonly string? path;

    private BridgeEndpoint(IPEndPoint? address, string? path, bool isTls = false)
    {
        this.address = address;
        this.path = path;
        IsTls = isTls;
    }

    /// <summary>127.0.0.1, a free port.</summary>
    public static BridgeEndpoint AnyLoopbackPort { get; } = new(new IPEndPoint(IPAddress.Loopback, 0), null);

    /// <summary>A certificate is needed.</summary>
    public bool IsTls { get; }

    /// <summary>
    /// Reads <c>tcp://127.0.0.1:port</c> (port 0: a free one; <c>tcp://</c> may be left out), <c>unix:/path</c>, or <c>tls://</c> with
    /// any address of this machine: <c>tls://0.0.0.0:port</c> is all.
    /// </summary>
    /// <param name="name">The setting's name, for messages.</param>
    /// <exception cref="BridgeException">It is none of them, or neither loopback nor TLS.</exception>
    public static BridgeEndpoint Parse(string name, string text)
    {
        if (text.StartsWith(Unix, StringComparison.Ordinal) && text.Length > Unix.Length)
            return new BridgeEndpoint(null, text[Unix.Length..]);
        var isTls = text.StartsWith(Tls, StringComparison.Ordinal);
        var address = isTls || text.StartsWith(Tcp, StringComparison.Ordinal) ? text[Tcp.Length..] : text;
        var colon = address.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(address[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            throw new BridgeException($"{name}: '{text}' is no endpoint; use tcp://127.0.0.1:4319, tcp://127.0.0.1:0 (a free port), unix:/path or, with a certificate, tls://0.0.0.0:4319.");
        var host = address[..colon];
        if (host == "localhost")
            return new BridgeEndpoint(new IPEndPoint(IPAddress.Loopback, port), null, isTls);
        var isAddress = IPAddress.TryParse(host.Trim('[', ']'), out var ip);
        if (isTls && !isAddress)
            throw new BridgeException($"{name}: '{text}' names a host; a bridge listens at an address of its machine: tls://0.0.0.0:{port} is all of them.");
        if (!isTls && !(isAddress && IPAddress.IsLoopback(ip!)))
        {
            throw new BridgeException(
                $"{name}: '{text}' is not loopback, and what is sent there must be encrypted; use tls://{(isAddress ? host : "0.0.0.0")}:{port} with a certificate, or tcp://127.0.0.1:{port} or unix:/path beside the driver.");
        }
        return new BridgeEndpoint(new IPEndPoint(ip!, port), null, isTls);
    }

    /// <exception cref="BridgeException">A certificate is missing, or there is one too many.</exception>
    public void CheckFits(BridgeTls? tls)
    {
        if (IsTls && tls is null)
            throw new BridgeException($"{this} needs a certificate: name its PEM files by --tls-cert and --tls-key, or SPARKOBS_TLS_CERT and SPARKOBS_TLS_KEY.");
        if (!IsTls && tls is not null)
            throw new BridgeException($"{this} is not encrypted, and a certificate has no meaning there; listen at tls://0.0.0.0:4319, or leave the certificate out.");
    }

    /// <summary>Opens the listening socket, and says the address for drivers: <c>host:port</c>, <c>tls://host:port</c> or <c>unix:/path</c>.</summary>
    /// <exception cref="BridgeException">The address is in use, or not allowed.</exception>
    public Socket Listen(out string connectTo)
    {
        // What the system queues on top of its own bound: drivers come one at a time, rubbish in bursts.
        const int Backlog = 512;
        var socket = path is null
            ? new Socket(address!.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (path is not null)
                RemoveStale(path);
            socket.Bind(path is null ? address! : new UnixDomainSocketEndPoint(path));
            if (path is not null && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(Backlog);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            socket.Dispose();
            throw new BridgeException($"cannot listen at {this}: {e.Message}. Choose another endpoint, or port 0 for a free one.", e);
        }
        connectTo = path is null ? Reachable((IPEndPoint)socket.LocalEndPoint!) : Unix + path;
        return socket;
    }

    /// <summary>Takes the socket's file away.</summary>
    public void Remove()
    {
        if (path is not null)
            File.Delete(path);
    }

    public override string ToString() => path is null ? (IsTls ? Tls : Tcp) + address : Unix + path;

    /// <summary>What listens at all addresses is reached by the machine's name, which its certificate has.</summary>
    private string Reachable(IPEndPoint bound)
    {
        if (!IsTls)
            return bound.ToString();
        return bound.Address.Equals(IPAddress.Any) || bound.Address.Equals(IPAddress.IPv6Any) ? $"{Tls}{Dns.GetHostName()}:{bound.Port}" : Tls + bound;
    }

    /// <summary>A bridge that was killed leaves its file, which nobody answers at.</summary>
    private static void RemoveStale(string path)
    {
        if (!File.Exists(path))
            return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && new FileInfo(path).Length == 0)
        {
            // A file with something in it refuses too, and is not ours to delete.
            File.Delete(path);
        }
    }
}
