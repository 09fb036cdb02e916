using System.Net.Sockets;
using System.Text;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>What whoever reaches the port, or a driver that has the token, can make the bridge do: no more than this.</summary>
public sealed class LimitsTests
{
    private static readonly byte[] Line = "{\"Event\":\"SparkListenerLogStart\"}"u8.ToArray();

    [Fact]
    public async Task Of_2000_rubbish_connections_a_thousand_are_heard_and_the_application_does_not_notice()
    {
        await using var bridge = new TestBridge();
        var (served, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        string[] rubbish = ["GET / HTTP/1.1\r\n\r\n", "\0\0\0\0", "{\"SparkObsHello\":1,\"token\":\"guess\"}\n", "{", "\u0016\u0003\u0001"];

        var clients = new List<BridgeClient>();
        for (var i = 0; i < 2_000; i++)
        {
            var client = await BridgeClient.ConnectAsync(bridge.Server.Endpoint);
            try
            {
                await client.SendAsync(rubbish[i % rubbish.Length]);
            }
            catch (SocketException)
            {
                // It was turned away before.
            }
            clients.Add(client);
        }
        await AssertServesAsync(served, 1);
        // Those that only began a hello are waited for.
        await TestBridge.UntilAsync(() => Refused(bridge) + 400 >= 2_000);
        bridge.Time.Advance(TimeSpan.FromSeconds(10));
        await TestBridge.UntilAsync(() => Refused(bridge) == 2_000);
        foreach (var client in clients)
            client.Dispose();

        Assert.Equal(["s"], bridge.Server.Sessions.Select(session => session.Hello.Session));
        // A reason is told once, not for each connection.
        Assert.InRange(bridge.Notices.Count, 1, Enum.GetValues<Refusal>().Length);
        await AssertServesAsync(served, 2);
        var (late, _) = await BridgeClient.AcceptedAsync(bridge, "late");
        late.Dispose();
        served.Dispose();
    }

    [Fact]
    public async Task Refused_connection_counts_as_waiting_until_it_is_gone()
    {
        await using var bridge = new TestBridge(options => options with { MaxWaiting = 1 });
        using var refused = await BridgeClient.ConnectAsync(bridge.Server.Endpoint);
        await refused.SendAsync("rubbish");
        Assert.NotNull(await refused.ReadLineAsync());

        using var next = await BridgeClient.ConnectAsync(bridge.Server.Endpoint);
        Assert.Equal("{\"error\":\"too many connections (1) wait for their hello; try again\"}", await next.ReadLineAsync());
    }

    [Fact]
    public async Task Hello_that_trickles_has_no_more_time_than_any_other()
    {
        await using var bridge = new TestBridge();
        using var slow = await BridgeClient.ConnectAsync(bridge.Server.Endpoint);
        await TestBridge.UntilAsync(() => bridge.Time.Armed == 1);
        foreach (var letter in BridgeClient.Hello("s")[..9])
        {
            await slow.SendAsync(letter.ToString());
            bridge.Time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(0, bridge.Server.Refused(Refusal.Silent));

        bridge.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("{\"error\":\"no hello within 10 s\"}", await slow.ReadLineAsync());
        Assert.Equal(1, bridge.Server.Refused(Refusal.Silent));
    }

    [Fact]
    public async Task Line_without_an_end_costs_no_more_than_the_longest()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendAsync("{\"SparkObsSeq\":1,\"Event\":\"");
        var much = Encoding.ASCII.GetBytes(new string('x', 1024 * 1024));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 100; i++)
            await client.SendAsync(much);
        await TestBridge.UntilAsync(() => bridge.SessionOf("s").ReadLedger().Bytes > 80L * 1024 * 1024);

        // The line's buffer, the one that it grew from, and what the test's client has.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 40L * 1024 * 1024);

        await client.SendAsync("\n");
        await AssertServesAsync(client, 2);
        Assert.Equal((1L, 0L), (bridge.SessionOf("s").ReadLedger().TooLong, bridge.SessionOf("s").ReadLedger().Unreadable));
        client.Dispose();
    }

    [Fact]
    public async Task Hostile_lines_of_a_driver_are_counted_and_its_next_ones_are_served()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        var deep = new string('[', 1_000_000);
        byte[][] lines =
        [
            Encoding.ASCII.GetBytes("{\"Event\":\"SparkListenerJobStart\",\"Job ID\":1,\"x\":" + deep + "}"),
            Encoding.ASCII.GetBytes("{\"Event\":\"SparkListenerJobStart\",\"x\":" + deep + deep.Replace('[', ']') + "}"),
            Encoding.ASCII.GetBytes("{\"Event\":\"SparkListenerJobStart\",\"Properties\":" + string.Concat(Enumerable.Repeat("{\"a\":", 200_000))),
            [.. "{\"Event\":\"SparkListenerApplicationStart\",\"App Name\":\""u8, 0xFF, 0xFE, 0xC0, 0x80, 0xED, 0xA0, 0x80, .. "\",\"Timestamp\":1}"u8],
            [.. "{\"Event\":\"Spark"u8, 0, 0, 0, .. "\"}"u8],
            [.. "{\0\0\0\0}"u8],
            Encoding.ASCII.GetBytes("{\"Event\":\"SparkListenerJobStart\",\"Job ID\":1e999,\"Submission Time\":" + new string('9', 100_000) + "}"),
        ];

        await client.SendLinesAsync(lines);
        await AssertServesAsync(client, lines.Length + 1);

        var ledger = bridge.SessionOf("s").ReadLedger();
        // The one with the broken text is an event all the same.
        Assert.Equal((lines.Length + 1L, 6L, 1L), (ledger.Lines, ledger.Unreadable, ledger.Events));
        Assert.Single(bridge.Notices);
        client.Dispose();
    }

    [Fact]
    public async Task Largest_number_leaves_no_room_for_others_and_only_its_own_application_suffers()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        var (other, _) = await BridgeClient.AcceptedAsync(bridge, "other");

        await client.SendAsync("{\"SparkObsSeq\":9223372036854775807,\"Event\":\"SparkListenerLogStart\"}\n{\"SparkObsSeq\":9223372036854775808}\n{\"SparkObsSeq\":2}\n");
        await client.WaitForAcknowledgementAsync(long.MaxValue);
        await TestBridge.UntilAsync(() => bridge.SessionOf("s").ReadLedger().Lines == 3);

        var ledger = bridge.SessionOf("s").ReadLedger();
        Assert.Equal((long.MaxValue - 1, 1L, 1L), (ledger.Missing, ledger.Unnumbered, ledger.Duplicates));
        await AssertServesAsync(other, 1);
        client.Dispose();
        other.Dispose();
    }

    [Fact]
    public async Task Hello_with_the_largest_first_number_is_an_application_like_any_other()
    {
        await using var bridge = new TestBridge();

        var (client, acknowledged) = await BridgeClient.AcceptedAsync(bridge, "s", first: long.MaxValue);

        Assert.Equal(long.MaxValue - 1, acknowledged);
        client.Dispose();
    }

    [Fact]
    public async Task Names_in_a_hello_are_cut_and_ids_are_bounded()
    {
        await using var bridge = new TestBridge();
        using var client = await BridgeClient.ConnectAsync(bridge.Server.Endpoint);
        await client.SendAsync(BridgeClient.Hello("s").Replace("\"appName\":\"s\"", $"\"appName\":\"{new string('n', 20_000)}\"", StringComparison.Ordinal));
        Assert.Equal("{\"ok\":true,\"ack\":0,\"durability\":\"memory\"}", await client.ReadLineAsync());
        Assert.InRange(bridge.SessionOf("s").Hello.AppName!.Length, 1, 8 * 1024);

        using var longId = await BridgeClient.ConnectAsync(bridge.Server.Endpoint);
        await longId.SendAsync(BridgeClient.Hello(new string('s', 201)));
        Assert.Equal("{\"error\":\"the first line is no hello of SparkObs\"}", await longId.ReadLineAsync());
    }

    /// <summary>The span itself would be none of the applications: what a single event can add to it is bounded.</summary>
    [Fact]
    public async Task Attributes_of_a_span_are_a_fixed_set_whatever_an_event_has()
    {
        await using var bridge = new TestBridge();
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        var many = string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"spark.k{i}\":\"{new string('v', 50)}\""));
        await client.SendLinesAsync(
        [
            Encoding.ASCII.GetBytes($"{{\"Event\":\"SparkListenerEnvironmentUpdate\",\"Spark Properties\":{{{many}}}}}"),
            "{\"Event\":\"SparkListenerApplicationStart\",\"App Name\":\"a\",\"App ID\":\"x\",\"Timestamp\":1,\"User\":\"u\"}"u8.ToArray(),
            Encoding.ASCII.GetBytes($"{{\"Event\":\"SparkListenerJobStart\",\"Job ID\":0,\"Submission Time\":2,\"Stage Infos\":[],\"Stage IDs\":[],\"Properties\":{{{many}}}}}"),
            "{\"Event\":\"SparkListenerJobEnd\",\"Job ID\":0,\"Completion Time\":3,\"Job Result\":{\"Result\":\"JobSucceeded\"}}"u8.ToArray(),
            "{\"Event\":\"SparkListenerApplicationEnd\",\"Timestamp\":4}"u8.ToArray(),
        ]);
        await client.WaitForAcknowledgementAsync(5);
        client.Dispose();
        await bridge.ClosedAsync("s");

        var spans = bridge.SinkOf("s").Spans.Where(span => span[SparkAttributes.Marker] is not true).ToList();
        Assert.Equal(2, spans.Count);
        Assert.All(spans, span => Assert.InRange(span.Attributes.Count, 1, 60));
    }

    private static long Refused(TestBridge bridge) => Enum.GetValues<Refusal>().Sum(bridge.Server.Refused);

    private static async Task AssertServesAsync(BridgeClient client, long sequence)
    {
        await client.SendLinesAsync([Line], sequence);
        await client.WaitForAcknowledgementAsync(sequence);
    }
}
