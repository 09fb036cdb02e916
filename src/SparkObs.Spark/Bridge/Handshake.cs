using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Bridge;

/// <summary>Why a connection was refused.</summary>
internal enum Refusal
{
    /// <summary>Its first line is no hello.</summary>
    NoHello,

    /// <summary>No first line within the time.</summary>
    Silent,
    Protocol,
    Token,

    /// <summary>Another instance has the session.</summary>
    Instance,
    TooManyApplications,
    TooManyWaiting,

    /// <summary>No TLS came about: the other side speaks none, or one of the certificates does not hold.</summary>
    Tls,
}

/// <summary>The connection is refused; the message, one line, is what the driver is told.</summary>
internal sealed class HelloRefusedException(Refusal refusal, string message) : Exception(message)
{
    public Refusal Refusal { get; } = refusal;
}

/// <summary>A driver's first line.</summary>
/// <param name="Session">The run of an application.</param>
/// <param name="Instance">The driver's process: it knows what it sent.</param>
/// <param name="FirstSequence">The lowest number that it can still send.</param>
internal sealed record Hello(string Session, string Instance, long FirstSequence, string? AppName, string? AppId, string? SparkVersion, string? ShimVersion);

/// <summary>
/// The first line from a driver and the answer to it. A driver gives up for good when the error names the token or the protocol's
/// version, and tries on after any other: these words stand in no other error.
/// </summary>
internal static class Handshake
{
    /// <summary>A hello has ten short fields, and names are cut to 4 KiB.</summary>
    public const int MaxHello = 32 * 1024;

    /// <summary>What every hello begins with. What does not is refused at once, and not waited for.</summary>
    public const byte FirstByte = (byte)'{';

    private static readonly Redaction BuiltIn = new(new Dictionary<string, string>(), static _ => { });

    private const int Protocol = 1;
    private const int MaxId = 200;

    /// <exception cref="HelloRefusedException">It is no hello, or not one that may come in.</exception>
    public static Hello Read(ReadOnlySpan<byte> line, ReadOnlySpan<byte> tokenHash)
    {
        try
        {
            return Read(new EventJson(line, new NameCache()), tokenHash);
        }
        catch (JsonException)
        {
            throw NoHello();
        }
    }

    public static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public static HelloRefusedException NoHello() => new(Refusal.NoHello, "the first line is no hello of SparkObs");

    /// <param name="onDisk">What is acknowledged survives a kill of the bridge.</param>
    public static byte[] Accept(long acknowledged, bool onDisk) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{{\"ok\":true,\"ack\":{acknowledged},\"durability\":\"{(onDisk ? "disk" : "memory")}\"}}\n"));

    public static byte[] Refuse(string error) => Encoding.UTF8.GetBytes($"{{\"error\":\"{JsonEncodedText.Encode(error)}\"}}\n");

    /// <summary>The hello that a driver left beside its spool: without a token, as whoever can read the one can read the other.</summary>
    /// <exception cref="HelloRefusedException">It is no hello.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static Hello ReadSpooled(ReadOnlySpan<byte> line) => Read(new EventJson(line, new NameCache()), [], needsToken: false);

    private static Hello Read(EventJson json, ReadOnlySpan<byte> tokenHash, bool needsToken = true)
    {
        int? protocol = null;
        long? firstSequence = null;
        string? token = null, session = null, instance = null, appName = null, appId = null, sparkVersion = null, shimVersion = null;
        if (!json.EnterObject())
            throw NoHello();
        while (json.NextProperty())
        {
            if (json.Is("SparkObsHello"u8))
                protocol = json.Int32();
            else if (json.Is("token"u8))
                token = json.Text(EventLimits.Name);
            else if (json.Is("session"u8))
                session = json.Text(EventLimits.Name);
            else if (json.Is("instance"u8))
                instance = json.Text(EventLimits.Name);
            else if (json.Is("firstSeq"u8))
                firstSequence = json.Int64();
            else if (json.Is("appName"u8))
                appName = json.Text(EventLimits.Name);
            else if (json.Is("appId"u8))
                appId = json.Text(EventLimits.Name);
            else if (json.Is("sparkVersion"u8))
                sparkVersion = json.Text(EventLimits.NameInList);
            else if (json.Is("shimVersion"u8))
                shimVersion = json.Text(EventLimits.NameInList);
            else
                json.Skip();
        }
        json.ExpectEnd();

        if (protocol is null)
            throw NoHello();
        if (protocol != Protocol)
            throw new HelloRefusedException(Refusal.Protocol, $"protocol version {protocol} is not spoken here, only version {Protocol}; use the jar and the bridge of one release");
        if (needsToken && string.IsNullOrEmpty(token))
            throw new HelloRefusedException(Refusal.Token, "no token; set SPARKOBS_TOKEN for the driver, or spark.sparkobs.token.file");
        if (needsToken && !CryptographicOperations.FixedTimeEquals(HashOf(token!), tokenHash))
            throw new HelloRefusedException(Refusal.Token, "wrong token; SPARKOBS_TOKEN or the file of spark.sparkobs.token.file must hold the bridge's");
        if (session is not { Length: > 0 and <= MaxId } || instance is not { Length: > 0 and <= MaxId } || firstSequence is not > 0)
            throw NoHello();
        return new Hello(session, instance, firstSequence.Value, Shown(appName), Shown(appId), sparkVersion, shimVersion);
    }

    /// <summary>Notices have it: of secrets that are known as such there is none in it, whoever sent it.</summary>
    private static string? Shown(string? text) => text is null ? null : BuiltIn.Apply(text);
}
