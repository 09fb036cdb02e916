using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using SparkObs.Spark.Bridge;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>A bridge that listens with TLS: who comes in, who does not, and that nobody else notices.</summary>
public sealed class BridgeTlsTests : IDisposable
{
    private const string Endpoint = "tls://127.0.0.1:0";
    private static readonly byte[] Line = "{\"Event\":\"SparkListenerLogStart\"}"u8.ToArray();

    private readonly TestAuthority authority = new();
    private readonly TestAuthority stranger = new();

    public void Dispose()
    {
        authority.Dispose();
        stranger.Dispose();
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls12, false)]
    [InlineData(SslProtocols.Tls13, true)]
    [InlineData(SslProtocols.Tls13, false)]
    public async Task Driver_with_a_certificate_of_the_authority_is_served(SslProtocols protocol, bool rsa)
    {
        await using var bridge = Bridge(clientCa: authority.Root, rsa);
        Assert.Matches("^tls://127.0.0.1:[1-9][0-9]*$", bridge.Server.Endpoint);
        var options = Client(authority.Issue("driver", rsa));
        options.EnabledSslProtocols = protocol;

        await AssertServesAsync(bridge, options);

        Assert.Equal(0, bridge.Server.Refused(Refusal.Tls));
        Assert.Empty(bridge.Notices);
    }

    [Fact]
    public async Task Driver_needs_no_certificate_where_none_is_asked_for()
    {
        await using var bridge = Bridge(clientCa: null);

        await AssertServesAsync(bridge, Client());
    }

    [Theory]
    [InlineData("none")]
    [InlineData("stranger's")]
    [InlineData("expired")]
    public async Task Driver_whose_certificate_does_not_hold_is_refused(string certificate)
    {
        await using var bridge = Bridge(clientCa: authority.Root);
        var options = certificate switch
        {
            "none" => Client(),
            "expired" => Client(authority.Issue("old", expired: true)),
            _ => Client(stranger.Issue("driver")),
        };

        await AssertRefusedAsync(bridge, options);
        await AssertRefusedAsync(bridge, options);

        await TestBridge.UntilAsync(() => bridge.Server.Refused(Refusal.Tls) == 2);
        Assert.StartsWith("a connection was refused: no TLS came about (", Assert.Single(bridge.Notices), StringComparison.Ordinal);
        Assert.Empty(bridge.Server.Sessions);
        await AssertServesAsync(bridge, Client(authority.Issue("driver")));
    }

    [Fact]
    public async Task Driver_with_a_certificate_and_a_wrong_token_is_refused()
    {
        await using var bridge = Bridge(clientCa: authority.Root);

        using var client = await BridgeClient.ConnectAsync(bridge.Server.Endpoint, Client(authority.Issue("driver")));
        await client.SendAsync(BridgeClient.Hello("s", token: "another"));

        Assert.StartsWith("{\"error\":\"wrong token", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
        Assert.Equal(1, bridge.Server.Refused(Refusal.Token));
    }

    [Fact]
    public async Task Versions_before_1_2_are_refused()
    {
        await using var bridge = Bridge(clientCa: null);
        var options = Client();
#pragma warning disable SYSLIB0039, CA5397, CA5398 // The old version is the test.
        options.EnabledSslProtocols = SslProtocols.Tls11;
#pragma warning restore SYSLIB0039, CA5397, CA5398

        await AssertRefusedAsync(bridge, options);
    }

    [Fact]
    public async Task Plain_text_is_refused_where_TLS_is_spoken_and_gets_no_answer()
    {
        await using var bridge = Bridge(clientCa: null);

        using var client = await BridgeClient.ConnectAsync(bridge.Server.Endpoint);
        await client.SendAsync(BridgeClient.Hello("s"));

        Assert.Null(await client.ReadLineAsync());
        Assert.Equal(1, bridge.Server.Refused(Refusal.Tls));
        Assert.Empty(bridge.Server.Sessions);
        Assert.DoesNotContain(TestBridge.Token, string.Join('\n', bridge.Notices), StringComparison.Ordinal);
        await AssertServesAsync(bridge, Client());
    }

    [Fact]
    public async Task TLS_is_refused_at_once_where_none_is_spoken()
    {
        await using var bridge = new TestBridge();

        await Assert.ThrowsAnyAsync<Exception>(() => BridgeClient.ConnectAsync(bridge.Server.Endpoint, Client()));

        Assert.Equal((1, 0), (bridge.Server.Refused(Refusal.NoHello), bridge.Server.Refused(Refusal.Silent)));
    }

    [Fact]
    public async Task Handshake_counts_against_the_time_and_the_number_of_hellos()
    {
        await using var bridge = Bridge(clientCa: null, configure: options => options with { MaxWaiting = 3 });
        var silent = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => BridgeClient.ConnectAsync(bridge.Server.Endpoint)));
        await TestBridge.UntilAsync(() => bridge.Time.Armed == 3);

        using (var further = await BridgeClient.ConnectAsync(bridge.Server.Endpoint))
            await TestBridge.UntilAsync(() => bridge.Server.Refused(Refusal.TooManyWaiting) == 1);
        bridge.Time.Advance(TimeSpan.FromSeconds(10));

        foreach (var client in silent)
        {
            Assert.Null(await client.ReadLineAsync());
            client.Dispose();
        }
        Assert.Equal(3, bridge.Server.Refused(Refusal.Silent));
        await AssertServesAsync(bridge, Client());
    }

    [Fact]
    public async Task Renewed_certificate_is_shown_to_new_connections()
    {
        var (certificate, key) = authority.Issue("bridge");
        await using var bridge = Bridge(certificate, key, clientCa: null);
        var first = await ShownAsync(bridge);

        Renew(authority.Issue("bridge"), minutes: 1);
        var second = await ShownAsync(bridge);

        Assert.NotEqual(first, second);
        Assert.Equal(File.ReadAllText(certificate).ReplaceLineEndings(), second);
        Assert.DoesNotContain(bridge.Notices, IsAboutFiles);
    }

    [Fact]
    public async Task Renewed_certificate_behind_a_link_is_shown()
    {
        if (OperatingSystem.IsWindows())
            return;
        // As Kubernetes mounts secrets: tls.crt -> ..data/tls.crt, ..data -> a folder that is exchanged.
        Publish("first", -60);
        foreach (var name in new[] { "tls.crt", "tls.key" })
            File.CreateSymbolicLink(authority.PathOf(name), Path.Combine("..data", name));
        await using var bridge = Bridge(authority.PathOf("tls.crt"), authority.PathOf("tls.key"), clientCa: null);
        var first = await ShownAsync(bridge);

        Directory.Delete(authority.PathOf("..data"));
        Publish("second", 0);

        Assert.NotEqual(first, await ShownAsync(bridge));

        void Publish(string version, int minutes)
        {
            var (certificate, key) = authority.Issue(version);
            var data = Directory.CreateDirectory(authority.PathOf(version)).FullName;
            File.Move(certificate, Path.Combine(data, "tls.crt"));
            File.Move(key, Path.Combine(data, "tls.key"));
            Renew((Path.Combine(data, "tls.crt"), Path.Combine(data, "tls.key")), minutes);
            Directory.CreateSymbolicLink(authority.PathOf("..data"), version);
        }
    }

    [Fact]
    public async Task Renewed_certificate_that_cannot_be_used_leaves_the_old_one()
    {
        var (certificate, key) = authority.Issue("bridge");
        await using var bridge = Bridge(certificate, key, clientCa: null);
        var first = await ShownAsync(bridge);

        // The certificate is there, and its key not yet.
        File.Copy(authority.Issue("next").Certificate, certificate, overwrite: true);
        Renew((certificate, certificate), minutes: 1);
        Assert.Equal(first, await ShownAsync(bridge));
        Assert.Equal(first, await ShownAsync(bridge));
        Assert.Single(bridge.Notices, IsAboutFiles);

        File.Copy(authority.PathOf("next.key"), key, overwrite: true);
        Renew((certificate, key), minutes: 2);
        Assert.NotEqual(first, await ShownAsync(bridge));
    }

    [Fact]
    public void Wrong_files_are_one_line_that_names_them()
    {
        var (certificate, key) = authority.Issue("bridge");
        var (_, another) = authority.Issue("another");
        var leaf = certificate;

        Assert.Equal("TLS needs both a certificate and its key, two PEM files: --tls-key or SPARKOBS_TLS_KEY is missing.", Error(certificate, null, null));
        Assert.Equal("TLS needs both a certificate and its key, two PEM files: --tls-cert or SPARKOBS_TLS_CERT is missing.", Error(null, null, authority.Root));
        Assert.StartsWith($"cannot use the TLS files /nowhere.crt, {key}: ", Error("/nowhere.crt", key, null), StringComparison.Ordinal);
        Assert.StartsWith($"cannot use the TLS files {certificate}, {another}: ", Error(certificate, another, null), StringComparison.Ordinal);
        Assert.StartsWith($"cannot use the TLS files {key}, {key}: ", Error(key, key, null), StringComparison.Ordinal);
        Assert.Contains($"no root certificate is in {leaf}", Error(certificate, key, leaf), StringComparison.Ordinal);
        Assert.Contains($"no root certificate is in {key}", Error(certificate, key, key), StringComparison.Ordinal);
        Assert.All([Error(certificate, another, null), Error(key, key, null)], message => Assert.DoesNotContain('\n', message));
    }

    [Fact]
    public void Variables_name_the_files_that_no_option_names()
    {
        var (certificate, key) = authority.Issue("bridge");
        var variables = new Dictionary<string, string> { ["SPARKOBS_TLS_CERT"] = certificate, ["SPARKOBS_TLS_KEY"] = "/nowhere" };

        Assert.NotNull(BridgeTls.Load(null, key, null, variables.GetValueOrDefault));
        Assert.Null(BridgeTls.Load(null, null, null, _ => null));
    }

    [Fact]
    public void Certificate_and_endpoint_must_fit()
    {
        var (certificate, key) = authority.Issue("bridge");

        Assert.Equal(
            "tls://127.0.0.1:0 needs a certificate: name its PEM files by --tls-cert and --tls-key, or SPARKOBS_TLS_CERT and SPARKOBS_TLS_KEY.",
            Assert.Throws<BridgeException>(() => new TestBridge(options => options with { Endpoint = BridgeEndpoint.Parse("listen", Endpoint) })).Message);
        Assert.Equal(
            "tcp://127.0.0.1:0 is not encrypted, and a certificate has no meaning there; listen at tls://0.0.0.0:4319, or leave the certificate out.",
            Assert.Throws<BridgeException>(() => new TestBridge(options => options with { Tls = Load(certificate, key, null) })).Message);
    }

    [Fact]
    public async Task All_addresses_are_reached_by_the_machines_name()
    {
        var (certificate, key) = authority.Issue("bridge");
        await using var bridge = new TestBridge(options => options with
        {
            Endpoint = BridgeEndpoint.Parse("listen", "tls://0.0.0.0:0"),
            Tls = Load(certificate, key, null),
        });

        Assert.StartsWith($"tls://{System.Net.Dns.GetHostName()}:", bridge.Server.Endpoint, StringComparison.Ordinal);
    }

    private static bool IsAboutFiles(string notice) =>
        notice.StartsWith("the changed TLS files cannot be used, and the old ones are used on: ", StringComparison.Ordinal);

    private static BridgeTls? Load(string? certificate, string? key, string? clientCa) => BridgeTls.Load(certificate, key, clientCa, _ => null);

    private static string Error(string? certificate, string? key, string? clientCa) =>
        Assert.Throws<BridgeException>(() => Load(certificate, key, clientCa)).Message;

    /// <summary>Clocks of file systems are coarse: what is written in one test would seem unchanged.</summary>
    private static void Renew((string Certificate, string Key) files, int minutes)
    {
        File.SetLastWriteTimeUtc(files.Certificate, DateTime.UtcNow.AddMinutes(minutes));
        File.SetLastWriteTimeUtc(files.Key, DateTime.UtcNow.AddMinutes(minutes));
    }

    private TestBridge Bridge(string? clientCa, bool rsa = false, Func<BridgeOptions, BridgeOptions>? configure = null)
    {
        var (certificate, key) = authority.Issue("bridge", rsa);
        return Bridge(certificate, key, clientCa, configure);
    }

    private static TestBridge Bridge(string certificate, string key, string? clientCa, Func<BridgeOptions, BridgeOptions>? configure = null) =>
        new(options => (configure ?? (static same => same))(options with
        {
            Endpoint = BridgeEndpoint.Parse("listen", Endpoint),
            Tls = Load(certificate, key, clientCa),
        }));

    /// <summary>A driver that trusts the authority.</summary>
    private SslClientAuthenticationOptions Client((string Certificate, string Key)? own = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(authority.Root);
        var options = new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = policy };
        if (own is { } files)
            options.ClientCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(files.Certificate, files.Key), null, offline: true);
        return options;
    }

    /// <summary>The bridge's certificate, in PEM form, as a new connection sees it.</summary>
    private async Task<string> ShownAsync(TestBridge bridge)
    {
        var shown = "";
        var options = Client();
        options.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            using var seen = new X509Certificate2(certificate!);
            shown = seen.ExportCertificatePem().ReplaceLineEndings();
            return errors == SslPolicyErrors.None;
        };
        using var client = await BridgeClient.ConnectAsync(bridge.Server.Endpoint, options);
        return shown;
    }

    private static async Task AssertServesAsync(TestBridge bridge, SslClientAuthenticationOptions options)
    {
        using var client = await BridgeClient.ConnectAsync(bridge.Server.Endpoint, options);
        await client.SendAsync(BridgeClient.Hello("served"));
        Assert.Equal("{\"ok\":true,\"ack\":0,\"durability\":\"memory\"}", await client.ReadLineAsync());
        await client.SendLinesAsync(Enumerable.Repeat(Line, 2_000));
        await client.WaitForAcknowledgementAsync(2_000);
    }

    /// <summary>With TLS 1.3 the driver learns of it behind the handshake.</summary>
    private static async Task AssertRefusedAsync(TestBridge bridge, SslClientAuthenticationOptions options)
    {
        try
        {
            using var client = await BridgeClient.ConnectAsync(bridge.Server.Endpoint, options);
            await client.SendAsync(BridgeClient.Hello("s"));
            Assert.Null(await client.ReadLineAsync());
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            // As it should be.
        }
        await TestBridge.UntilAsync(() => bridge.Server.Refused(Refusal.Tls) > 0);
        Assert.Empty(bridge.Server.Sessions);
    }
}
