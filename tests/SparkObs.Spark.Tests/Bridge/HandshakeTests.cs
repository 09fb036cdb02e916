using System.Text;
using SparkObs.Spark.Bridge;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>Who may come in, and that whoever may not disturbs nobody.</summary>
public sealed class HandshakeTests
{
    private const string NoHello = "{\"error\":\"the first line is no hello of SparkObs\"}";

    [Fact]
    public async Task Wrong_token_is_refused() => await AssertRefusedAsync(
        BridgeClient.Hello("s", token: "0123456789abcdeg"), Refusal.Token,
        "{\"error\":\"wrong token; SPARKOBS_TOKEN or the file of spark.sparkobs.token.file must hold the bridge\\u0027s\"}");

    [Fact]
    public async Task Missing_token_is_refused() => await AssertRefusedAsync(
        BridgeClient.Hello("s", token: ""), Refusal.Token,
        "{\"error\":\"no token; set SPARKOBS_TOKEN for the driver, or spark.sparkobs.token.file\"}");

    [Fact]
    public async Task Other_version_is_refused() => await AssertRefusedAsync(
        BridgeClient.Hello("s", version: 2), Refusal.Protocol,
        "{\"error\":\"protocol version 2 is not spoken here, only version 1; use the jar and the bridge of one release\"}");

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")]
    [InlineData("\n")]
    [InlineData("{}\n")]
    [InlineData("[1,2,3]\n")]
    [InlineData("{\"SparkObsHello\":1,\"token\":\"0123456789abcdef\"}\n")]
    [InlineData("{\"SparkObsHello\":1,\"token\":\"0123456789abcdef\",\"session\":\"\",\"instance\":\"i\",\"firstSeq\":1}\n")]
    [InlineData("{\"SparkObsHello\":1,\"token\":\"0123456789abcdef\",\"session\":\"s\",\"instance\":\"i\",\"firstSeq\":0}\n")]
    [InlineData("{\"SparkObsHello\":1,\"token\":")]
    public async Task Rubbish_before_the_hello_is_refused(string text) => await AssertRefusedAsync(text, Refusal.NoHello, NoHello, thenClose: true);

    [Fact]
    public async Task Endless_first_line_is_refused() =>
        await AssertRefusedAsync(new string('x', 200_000), Refusal.NoHello, NoHello);

    [Fact]
    public async Task Random_bytes_are_refused()
    {
        var bytes = new byte[4096];
        new Random(5).NextBytes(bytes);

        await AssertRefusedAsync([.. bytes, (byte)'\n'], Refusal.NoHello, NoHello);
    }

    [Fact]
    public async Task Second_instance_is_refused_while_the_first_is_open()
    {
        await using var bridge = new TestBridge();
        var (first, _) = await BridgeClient.AcceptedAsync(bridge, "s", "i1");

        using var second = await BridgeClient.ConnectAsync(bridge.Server.Endpoint);
        await second.SendAsync(BridgeClient.Hello("s", "i2"));
        Assert.Equal("{\"error\":\"another driver has this session; give each its own spark.sparkobs.session, or none\"}", await second.ReadLineAsync());
        Assert.Null(await second.ReadLineAsync());
        Assert.Equal(1, bridge.Server.Refused(Refusal.Instance));

        await AssertServesAsync(bridge, first);
        first.Dispose();
        await TestBridge.UntilAsync(() => !bridge.SessionOf("s").IsConnected);
        bridge.Time.Advance(TimeSpan.FromSeconds(60));
        await bridge.ClosedAsync("s");
        var (third, _) = await BridgeClient.AcceptedAsync(bridge, "s", "i2");
        third.Dispose();
    }

    [Fact]
    public async Task Same_instance_takes_over()
    {
        await using var bridge = new TestBridge();
        var (first, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        using var owner = first;
        await first.SendLinesAsync(["{\"Event\":\"SparkListenerLogStart\"}"u8.ToArray()]);
        await first.WaitForAcknowledgementAsync(1);

        var (second, acknowledged) = await BridgeClient.AcceptedAsync(bridge, "s");

        Assert.Equal(1, acknowledged);
        Assert.Null(await first.ReadLineAsync());
        await AssertServesAsync(bridge, second, 2);
        second.Dispose();
    }

    [Fact]
    public async Task Silent_connections_are_bounded_and_end()
    {
        await using var bridge = new TestBridge();
        var (served, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        var silent = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => BridgeClient.ConnectAsync(bridge.Server.Endpoint)));
        // One timer for the session, one for each hello.
        await TestBridge.UntilAsync(() => bridge.Time.Armed == 1_001);

        using (var further = await BridgeClient.ConnectAsync(bridge.Server.Endpoint))
        {
            Assert.Equal("{\"error\":\"too many connections (1000) wait for their hello; try again\"}", await further.ReadLineAsync());
            Assert.Null(await further.ReadLineAsync());
        }
        await AssertServesAsync(bridge, served);

        bridge.Time.Advance(TimeSpan.FromSeconds(10));
        foreach (var client in silent)
        {
            Assert.Equal("{\"error\":\"no hello within 10 s\"}", await client.ReadLineAsync());
            Assert.Null(await client.ReadLineAsync());
            client.Dispose();
        }
        Assert.Equal((1_000, 1), (bridge.Server.Refused(Refusal.Silent), bridge.Server.Refused(Refusal.TooManyWaiting)));
        await AssertServesAsync(bridge, served, 2);
        var (late, _) = await BridgeClient.AcceptedAsync(bridge, "late");
        late.Dispose();
        served.Dispose();
    }

    [Fact]
    public async Task Applications_are_bounded()
    {
        await using var bridge = new TestBridge(options => options with { MaxApplications = 2 });
        var (first, _) = await BridgeClient.AcceptedAsync(bridge, "a");
        var (second, _) = await BridgeClient.AcceptedAsync(bridge, "b");

        using (var third = await BridgeClient.ConnectAsync(bridge.Server.Endpoint))
        {
            await third.SendAsync(BridgeClient.Hello("c"));
            Assert.Equal("{\"error\":\"2 applications are open, and no more are taken; try again\"}", await third.ReadLineAsync());
        }
        first.Dispose();
        await TestBridge.UntilAsync(() => !bridge.SessionOf("a").IsConnected);
        bridge.Time.Advance(TimeSpan.FromSeconds(60));
        await bridge.ClosedAsync("a");
        var (again, _) = await BridgeClient.AcceptedAsync(bridge, "c");
        again.Dispose();
        second.Dispose();
    }

    [Theory]
    [InlineData("tcp://0.0.0.0:4319", "listen: 'tcp://0.0.0.0:4319' is not loopback, and what is sent there must be encrypted; use tls://0.0.0.0:4319 with a certificate, or tcp://127.0.0.1:4319 or unix:/path beside the driver.")]
    [InlineData("10.1.2.3:0", "listen: '10.1.2.3:0' is not loopback, and what is sent there must be encrypted; use tls://10.1.2.3:0 with a certificate, or tcp://127.0.0.1:0 or unix:/path beside the driver.")]
    [InlineData("4319", "listen: '4319' is no endpoint; use tcp://127.0.0.1:4319, tcp://127.0.0.1:0 (a free port), unix:/path or, with a certificate, tls://0.0.0.0:4319.")]
    [InlineData("tcp://127.0.0.1:70000", "listen: 'tcp://127.0.0.1:70000' is no endpoint; use tcp://127.0.0.1:4319, tcp://127.0.0.1:0 (a free port), unix:/path or, with a certificate, tls://0.0.0.0:4319.")]
    [InlineData("tcp://bridge.example:4319", "listen: 'tcp://bridge.example:4319' is not loopback, and what is sent there must be encrypted; use tls://0.0.0.0:4319 with a certificate, or tcp://127.0.0.1:4319 or unix:/path beside the driver.")]
    [InlineData("tls://bridge.example:4319", "listen: 'tls://bridge.example:4319' names a host; a bridge listens at an address of its machine: tls://0.0.0.0:4319 is all of them.")]
    public void Endpoint_elsewhere_is_an_error(string text, string message) =>
        Assert.Equal(message, Assert.Throws<BridgeException>(() => BridgeEndpoint.Parse("listen", text)).Message);

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("localhost:0")]
    [InlineData("[::1]:0")]
    public async Task Endpoint_on_loopback_gets_a_free_port(string text)
    {
        await using var bridge = new TestBridge(options => options with { Endpoint = BridgeEndpoint.Parse("listen", text) });

        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");

        await AssertServesAsync(bridge, client);
        client.Dispose();
    }

    [Fact]
    public async Task Unix_socket_is_the_owners_alone_and_is_removed()
    {
        var path = Path.Combine(Path.GetTempPath(), $"sparkobs-{Guid.NewGuid():N}.sock");
        // What a bridge that was killed leaves.
        using (var killed = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0))
            killed.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        await using (var bridge = new TestBridge(options => options with { Endpoint = BridgeEndpoint.Parse("listen", "unix:" + path) }))
        {
            Assert.Equal("unix:" + path, bridge.Server.Endpoint);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path));
            var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
            await AssertServesAsync(bridge, client);
            client.Dispose();
        }
        Assert.False(File.Exists(path));
    }

    private static Task AssertRefusedAsync(string first, Refusal reason, string answer, bool thenClose = false) =>
        AssertRefusedAsync(Encoding.UTF8.GetBytes(first), reason, answer, thenClose);

    /// <summary>Beside an application that is served before and after.</summary>
    private static async Task AssertRefusedAsync(byte[] first, Refusal reason, string answer, bool thenClose = false)
    {
        await using var bridge = new TestBridge();
        var (other, _) = await BridgeClient.AcceptedAsync(bridge, "other");

        using var client = await BridgeClient.ConnectAsync(bridge.Server.Endpoint);
        await client.SendAsync(first);
        if (thenClose)
            client.EndSending();

        Assert.Equal(answer, await client.ReadLineAsync());
        Assert.Null(await client.ReadLineAsync());
        Assert.Equal(1, bridge.Server.Refused(reason));
        Assert.Equal(["other"], bridge.Server.Sessions.Select(session => session.Hello.Session));
        await AssertServesAsync(bridge, other);
        other.Dispose();
    }

    private static async Task AssertServesAsync(TestBridge bridge, BridgeClient client, long sequence = 1)
    {
        await client.SendLinesAsync(["{\"Event\":\"SparkListenerLogStart\"}"u8.ToArray()], sequence);
        await client.WaitForAcknowledgementAsync(sequence);
        Assert.NotEmpty(bridge.Server.Sessions);
    }
}
