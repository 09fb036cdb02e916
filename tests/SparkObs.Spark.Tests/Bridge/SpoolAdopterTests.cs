using System.Text;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Tests.Events;
using SparkObs.Spark.Tests.Tracing;
using SparkObs.Spark.Tracing;
using Process = System.Diagnostics.Process;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>What drivers that are gone have left on disk comes into the trace, once.</summary>
public sealed class SpoolAdopterTests : IDisposable
{
    private const string Workload = "3.5.3/failures";
    private static readonly IReadOnlyList<byte[]> Lines = TestLogs.Lines(Workload);
    private readonly TempFolder folder = new();
    private int flushes;

    public void Dispose() => folder.Dispose();

    [LogFact]
    public async Task Application_that_never_had_a_bridge_is_whole()
    {
        await using var bridge = new TestBridge(Now);
        var spool = Spool("s", Lines, perFile: 70);
        await using var adopter = Adopter(bridge);

        await GoneAsync(spool);

        Assert.Equal(await TestBridge.ReplayAsync(Workload), bridge.SinkOf("s").Texts);
        Assert.Equal(1, bridge.TimesClosed("s"));
        Assert.Equal([$"{spool}: its driver is gone, and what it left is read"], bridge.Notices);
        Assert.Equal(1, flushes);
    }

    [LogFact]
    public async Task What_the_bridge_has_is_skipped_and_the_rest_goes_on()
    {
        await using var bridge = new TestBridge(Now);
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendLinesAsync(Lines.Take(60));
        await client.WaitForAcknowledgementAsync(60);
        client.Dispose();
        await TestBridge.UntilAsync(() => !bridge.SessionOf("s").IsConnected);
        var spool = Spool("s", Lines.Skip(40), first: 41, perFile: 500);
        await using var adopter = Adopter(bridge);

        await GoneAsync(spool);

        Assert.Equal(await TestBridge.ReplayAsync(Workload), bridge.SinkOf("s").Texts);
        Assert.Equal(20, bridge.SessionOf("s").ReadLedger().Duplicates);
    }

    [LogFact]
    public async Task Application_whose_end_is_not_there_is_incomplete_and_a_cut_line_is_left_out()
    {
        await using var bridge = new TestBridge(Now);
        var spool = Spool("s", Lines.Take(60), perFile: 25, cut: "{\"SparkObsSeq\":61,\"Event\":\"Spark");
        await using var adopter = Adopter(bridge);

        await GoneAsync(spool);

        Assert.Equal(
            TestSink.TextsOf(Trace.OfLines(Lines.Take(60).Select(line => new ReadOnlyMemory<byte>(line))).Spans),
            bridge.SinkOf("s").Texts);
        Assert.Equal((60L, 0L), (bridge.SessionOf("s").ReadLedger().Lines, bridge.SessionOf("s").ReadLedger().Unreadable));
    }

    [LogFact]
    public async Task Beginning_that_is_not_there_makes_the_application_incomplete()
    {
        await using var bridge = new TestBridge(Now);
        var spool = Spool("s", Lines.Skip(20), first: 21, perFile: 500);
        await using var adopter = Adopter(bridge);

        await GoneAsync(spool);

        var application = bridge.SinkOf("s").Spans.Single(span => span.Name == SpanNames.Application);
        Assert.Equal((SpanStatus.Error, "Part of the application's events is missing"), (application.Status, application.StatusMessage));
        Assert.Equal(20, bridge.SessionOf("s").ReadEvents().LostWithBridge);
    }

    [LogFact]
    public async Task Two_bridges_take_it_once()
    {
        await using var one = new TestBridge(Now);
        await using var other = new TestBridge(Now);
        var spools = Enumerable.Range(0, 8).Select(i => Spool($"s{i}", Lines, perFile: 500)).ToList();
        await using var first = Adopter(one);
        await using var second = Adopter(other);

        foreach (var spool in spools)
            await GoneAsync(spool);

        var expected = await TestBridge.ReplayAsync(Workload);
        for (var i = 0; i < spools.Count; i++)
            Assert.Equal(expected, one.SinkOf($"s{i}").Texts.Concat(other.SinkOf($"s{i}").Texts));
    }

    [LogFact]
    public async Task Spool_that_a_driver_holds_or_that_is_written_is_left_alone()
    {
        await using var bridge = new TestBridge(Now);
        var held = Spool("held", Lines, perFile: 500);
        using var driver = LockFromElsewhere(Path.Combine(held, "lock"));
        var written = Spool("written", Lines, perFile: 500);
        Directory.SetLastWriteTimeUtc(written, DateTime.UtcNow.AddHours(1));
        var last = Spool("zlast", Lines, perFile: 500);
        await using var adopter = Adopter(bridge);

        await GoneAsync(last);

        Assert.Equal(["zlast"], bridge.Server.Sessions.Select(session => session.Hello.Session));
        Assert.True(Directory.Exists(held) && Directory.Exists(written));
        driver.StandardInput.Close();
        await driver.WaitForExitAsync();
        await GoneAsync(held, bridge.Time);
    }

    [LogFact]
    public async Task Spool_that_cannot_be_read_is_left_and_told_once()
    {
        await using var bridge = new TestBridge(Now);
        var broken = Spool("a", Lines, perFile: 500);
        await File.WriteAllTextAsync(Path.Combine(broken, "session.json"), "{\"SparkObsHello\":1,\"session\":");
        Age(broken);
        await using var adopter = Adopter(bridge);
        for (var scan = 0; scan < 3; scan++)
            await GoneAsync(Spool($"b{scan}", Lines.Take(3), perFile: 500), bridge.Time);

        Assert.True(Directory.Exists(broken));
        Assert.Equal(
            [$"{broken}: the spool is left as it is, for sparkobs replay: session.json is no hello of a driver"],
            bridge.Notices.Where(notice => notice.StartsWith(broken, StringComparison.Ordinal)));
    }

    [LogFact]
    public async Task Folder_stays_while_the_spans_are_not_delivered_and_the_next_bridge_begins_anew()
    {
        var spool = Spool("s", Lines, perFile: 500);
        await using (var bridge = new TestBridge(Now))
        {
            bridge.SinkOf("s").Hold();
            await using (var adopter = Adopter(bridge))
                await TestBridge.UntilAsync(() => bridge.SinkOf("s").IsWaiting);
            Assert.Equal([], bridge.Server.Sessions);
            Assert.True(Directory.Exists(spool));
        }
        await using var next = new TestBridge(Now);
        await using var again = Adopter(next);

        await GoneAsync(spool);

        Assert.Equal(await TestBridge.ReplayAsync(Workload), next.SinkOf("s").Texts);
    }

    [Fact]
    public async Task Spool_with_nothing_in_it_is_removed_without_a_word()
    {
        await using var bridge = new TestBridge(Now);
        var spool = Spool("s", [], perFile: 500);
        await using var adopter = Adopter(bridge);

        await GoneAsync(spool);

        Assert.Equal([], bridge.Server.Sessions);
        Assert.Equal([], bridge.Notices);
    }

    /// <summary>Files have the system's times.</summary>
    private static BridgeOptions Now(BridgeOptions options)
    {
        ((ManualTime)options.Time).Advance(DateTimeOffset.UtcNow - options.Time.GetUtcNow());
        return options;
    }

    private static Task GoneAsync(string path) => TestBridge.UntilAsync(() => !Directory.Exists(path));

    /// <summary>Time goes on, so that there are further scans.</summary>
    private static Task GoneAsync(string path, ManualTime time) => TestBridge.UntilAsync(() =>
    {
        time.Advance(TimeSpan.FromSeconds(10));
        return !Directory.Exists(path);
    });

    private static void Age(string spool)
    {
        foreach (var file in Directory.EnumerateFiles(spool))
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-1));
        Directory.SetLastWriteTimeUtc(spool, DateTime.UtcNow.AddMinutes(-1));
    }

    /// <summary>As a driver's JVM holds it: by a lock of the system's on the file's bytes.</summary>
    private static Process LockFromElsewhere(string path)
    {
        var process = Process.Start(new System.Diagnostics.ProcessStartInfo("python3", ["-c", "import fcntl,sys; f=open(sys.argv[1],'r+'); fcntl.lockf(f,fcntl.LOCK_EX); print('held',flush=True); sys.stdin.read()", path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("held", process.StandardOutput.ReadLine());
        return process;
    }

    private SpoolAdopter Adopter(TestBridge bridge) => new(bridge.Server, folder.Path, _ =>
    {
        Interlocked.Increment(ref flushes);
        return Task.CompletedTask;
    });

    private string Spool(string session, IEnumerable<byte[]> lines, int perFile, long first = 1, string cut = "")
    {
        folder.Write($"{session}-i1/lock", []);
        folder.Write($"{session}-i1/session.json", Encoding.UTF8.GetBytes($$"""{"SparkObsHello":1,"session":"{{session}}","instance":"i1","firstSeq":1,"appName":"{{session}}","appId":null,"sparkVersion":"3.5.3","shimVersion":"0.1.0"}""" + "\n"));
        var path = "";
        var files = 0;
        foreach (var some in lines.Select((line, i) => BridgeClient.Numbered(first + i, line)).Chunk(perFile))
            path = folder.Write($"{session}-i1/spool-{++files:000000}.jsonl", [.. some.SelectMany(line => line)]);
        if (cut.Length > 0)
            File.AppendAllText(path, cut);
        var spool = Path.Combine(folder.Path, $"{session}-i1");
        Age(spool);
        return spool;
    }
}
