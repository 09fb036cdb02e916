using SparkObs.Spark.Bridge;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tests.Events;
using SparkObs.Spark.Tests.Tracing;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>
/// A bridge that is killed anywhere leaves a directory from which the next one goes on. A kill is a copy of the directory: it stands
/// still then, since checkpoints are written when the test says so, and all that was sent is acknowledged.
/// </summary>
public sealed class JournalTests : IDisposable
{
    private readonly TempFolder folder = new();
    private int images;

    public static TheoryData<string> Workloads => LiveReplayTests.Workloads;

    public void Dispose() => folder.Dispose();

    [LogTheory]
    [MemberData(nameof(Workloads))]
    public async Task Bridge_that_is_killed_again_and_again_loses_and_changes_nothing(string workload)
    {
        var expected = await TestBridge.ReplayAsync(workload);
        var lines = TestLogs.Lines(workload);
        for (var seed = 0; seed < 2; seed++)
        {
            var random = new Random((workload.Length * 10) + seed);
            var run = new KilledRun(this, $"{workload}-{seed}", lines, random, segment: seed == 0 ? 30_000 : 300_000);
            await run.SendAllAsync();
            await run.EndAsync();

            Assert.Equal(expected, run.Settled);
            Assert.True(run.Kills > 0);
            Assert.All(run.Texts, texts => Assert.Single(texts));
        }
    }

    [LogFact]
    public async Task Journal_does_not_grow_with_the_lines()
    {
        var lines = TestLogs.Lines("3.5.3/many-tasks");
        var data = NewData();
        var sink = new SettlingSink();
        await using var bridge = Start(data, sink, segment: 100_000);
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s", durability: "disk");
        long largest = 0;
        for (var sent = 0; sent < lines.Count - 1;)
        {
            var piece = lines.Take(lines.Count - 1).Skip(sent).Take(100).ToList();
            await client.SendLinesAsync(piece, sent + 1);
            sent += piece.Count;
            await client.WaitForAcknowledgementAsync(sent);
            await bridge.Server.FlushAsync(default);
            sink.Settle(() => true);
            bridge.Server.Checkpoint();
            largest = Math.Max(largest, bridge.Server.Journals.Bytes);
            Assert.Equal(new DirectoryInfo(data).EnumerateFiles("journal-*", SearchOption.AllDirectories).Sum(file => file.Length), bridge.Server.Journals.Bytes);
        }
        client.Dispose();

        Assert.InRange(largest, 100_000, lines.Sum(line => line.Length) / 5);
    }

    [LogFact]
    public async Task Ended_application_leaves_no_journal_and_its_tail_makes_nothing()
    {
        var lines = TestLogs.Lines("3.5.3/failures");
        var data = NewData();
        var sink = new SettlingSink();
        await using (var bridge = Start(data, sink))
        {
            var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s", durability: "disk");
            await client.SendLinesAsync(lines);
            await client.WaitForAcknowledgementAsync(lines.Count);
            client.Dispose();
            await bridge.ClosedAsync("s");
            bridge.Server.Checkpoint();
            Assert.Single(Directory.GetDirectories(Path.Combine(data, "sessions")));
            sink.Settle(() => true);
            await TestBridge.UntilAsync(() =>
            {
                bridge.Server.Checkpoint();
                return Directory.GetDirectories(Path.Combine(data, "sessions")).Length == 0;
            });
            Assert.Equal(0, bridge.Server.Journals.Bytes);
        }

        var again = new SettlingSink();
        await using var next = Start(data, again);
        var (driver, acknowledged) = await BridgeClient.AcceptedAsync(next, "s", first: lines.Count - 4, durability: "disk");
        Assert.Equal(lines.Count, acknowledged);
        await driver.SendLinesAsync(lines.TakeLast(5), lines.Count - 4);
        await driver.SendLinesAsync(lines.TakeLast(1), lines.Count + 1);
        await driver.WaitForAcknowledgementAsync(lines.Count + 1);
        driver.Dispose();
        await TestBridge.UntilAsync(() => !next.SessionOf("s").IsConnected);
        await next.Server.FlushAsync(default);
        Assert.Empty(again.Spans);
    }

    [LogFact]
    public async Task Application_that_was_closed_for_silence_stays_closed_for_the_next_bridge()
    {
        var lines = TestLogs.Lines("3.5.3/failures");
        var data = NewData();
        var sink = new SettlingSink();
        await using (var bridge = Start(data, sink))
        {
            var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s", durability: "disk");
            await client.SendLinesAsync(lines.Take(60));
            await client.WaitForAcknowledgementAsync(60);
            client.Dispose();
            await TestBridge.UntilAsync(() => !bridge.SessionOf("s").IsConnected);
            bridge.Time.Advance(TimeSpan.FromSeconds(60));
            await bridge.ClosedAsync("s");
        }
        Assert.Single(sink.Spans, span => span.Name == SpanNames.Application);

        // What was sent was not settled: it comes again as it was, and what is new beside it.
        var again = new SettlingSink();
        await using var next = Start(data, again);
        await next.SessionOf("s").Recovered;
        await next.Server.FlushAsync(default);
        Assert.Equal(TestSink.TextsOf(sink.Spans.Where(IsNoMarker)), TestSink.TextsOf(again.Spans));
        Assert.True(next.SessionOf("s").IsClosed);

        var (driver, acknowledged) = await BridgeClient.AcceptedAsync(next, "s", durability: "disk");
        Assert.Equal(60, acknowledged);
        await driver.SendLinesAsync(lines.Skip(60), 61);
        await driver.WaitForAcknowledgementAsync(lines.Count);
        driver.Dispose();
        await next.ClosedAsync("s");
        Assert.Single(again.Spans, span => span.Name == SpanNames.Application);
        Assert.Equal(again.Spans.Count, again.Spans.Select(span => span.Id).Distinct().Count());
    }

    [LogFact]
    public async Task Application_that_runs_when_the_bridge_is_stopped_goes_on()
    {
        var lines = TestLogs.Lines("3.5.3/failures");
        var data = NewData();
        var sinks = new[] { new SettlingSink(), new SettlingSink() };
        for (var i = 0; i < 2; i++)
        {
            await using var bridge = Start(data, sinks[i], options: options => options with { LeavesOpen = true });
            var (client, acknowledged) = await BridgeClient.AcceptedAsync(bridge, "s", durability: "disk");
            Assert.Equal(i * 60, acknowledged);
            var piece = i == 0 ? lines.Take(60).ToList() : [.. lines.Skip(60)];
            await client.SendLinesAsync(piece, acknowledged + 1);
            await client.WaitForAcknowledgementAsync(acknowledged + piece.Count);
            if (i == 1)
                client.Dispose();
            await bridge.Server.StopAsync(TimeSpan.Zero, default);
            sinks[i].Settle(() => true);
            client.Dispose();
        }
        Assert.Equal(await TestBridge.ReplayAsync("3.5.3/failures"), TestSink.TextsOf(sinks.SelectMany(sink => sink.Settled).Where(IsNoMarker)));
    }

    [LogFact]
    public async Task Journals_at_their_bound_let_the_session_go_on_from_memory_and_come_back()
    {
        var lines = TestLogs.Lines("3.5.3/failures");
        var sink = new SettlingSink();
        await using var bridge = Start(NewData(), sink, options: options => options with { Journal = options.Journal with { MaxBytes = 400_000 } });
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s", durability: "disk");
        await client.SendLinesAsync(lines);
        await client.WaitForAcknowledgementAsync(lines.Count);
        Assert.False(bridge.SessionOf("s").IsOnDisk);
        Assert.Equal(1, bridge.Server.Journals.Failures);
        Assert.Contains("works from memory", Assert.Single(bridge.Notices), StringComparison.Ordinal);

        bridge.Time.Advance(TimeSpan.FromSeconds(30));
        await client.SendAsync($$"""{"SparkObsSeq":{{lines.Count + 1}},"Event":"SparkObsHeartbeat"}""" + "\n");
        await client.WaitForAcknowledgementAsync(lines.Count + 1);
        client.Dispose();
        await bridge.ClosedAsync("s");

        Assert.True(bridge.SessionOf("s").IsOnDisk);
        Assert.Equal(await TestBridge.ReplayAsync("3.5.3/failures"), TestSink.TextsOf(sink.Spans.Where(IsNoMarker)));
    }

    [Fact]
    public async Task Directory_is_one_bridges()
    {
        var data = NewData();
        await using var bridge = Start(data, new SettlingSink());
        var e = Assert.Throws<BridgeException>(() => Start(data, new SettlingSink()));
        Assert.Equal($"the data directory {data} is another bridge's, which runs; stop it, or give each a directory of its own.", e.Message);
    }

    [Fact]
    public async Task Files_are_their_owners_alone()
    {
        if (OperatingSystem.IsWindows())
            return;
        var data = NewData();
        await using var bridge = Start(data, new SettlingSink());
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "a/b ../c", durability: "disk");
        await client.SendAsync("{\"SparkObsSeq\":1,\"Event\":\"X\"}\n");
        await client.WaitForAcknowledgementAsync(1);
        client.Dispose();

        var session = Assert.Single(Directory.GetDirectories(Path.Combine(data, "sessions")));
        Assert.StartsWith("abc-", Path.GetFileName(session), StringComparison.Ordinal);
        Assert.Equal(["journal-000001.jsonl", "lock", "session.json"], Directory.GetFiles(session).Select(Path.GetFileName).Order());
        Assert.DoesNotContain(TestBridge.Token, await File.ReadAllTextAsync(Path.Combine(session, "session.json")), StringComparison.Ordinal);
        foreach (var file in Directory.GetFiles(session))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(session));
    }

    [LogTheory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Replay_reads_a_journal(int missing)
    {
        var lines = TestLogs.Lines("3.5.3/failures");
        var data = NewData();
        await using var bridge = Start(data, new SettlingSink(), segment: 50_000);
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s", durability: "disk");
        await client.SendLinesAsync(lines.Take(50));
        await client.SendLinesAsync(lines.Skip(50 + missing), 51 + missing);
        await client.WaitForAcknowledgementAsync(lines.Count);
        var image = Image(data);
        client.Dispose();

        var log = (await SparkObs.Spark.Events.EventLogFinder.FindAsync(Assert.Single(Directory.GetDirectories(Path.Combine(image, "sessions"))), default)).Logs.Single();
        var reader = new SparkObs.Spark.Events.EventLogReader(log);
        Assert.True(log.Files.Count > 1);
        var trace = await Trace.OfLogAsync(log.Path);
        await reader.ReadAsync(new EventCounter(), default);
        Assert.Equal((missing, 0L, (long)lines.Count - missing), (reader.MissingLines, reader.UnreadableLines, reader.Lines));
        if (missing == 0)
            Assert.Equal(await TestBridge.ReplayAsync("3.5.3/failures"), TestSink.TextsOf(trace.Spans));
    }

    [Fact]
    public async Task State_that_cannot_be_read_makes_nothing_and_is_said()
    {
        var data = NewData();
        await using (var bridge = Start(data, new SettlingSink()))
        {
            var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s", durability: "disk");
            await client.SendAsync("{\"SparkObsSeq\":1,\"Event\":\"X\"}\n");
            await client.WaitForAcknowledgementAsync(1);
            client.Dispose();
        }
        var segment = Directory.GetFiles(data, "journal-*", SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(segment, """{"SparkObsSeq":50,"Event":"SparkObsState","Ended":false,"Closed":false,"Ledger":{},"State":{"application":7}}""" + "\n");

        var sink = new SettlingSink();
        await using var next = Start(data, sink);
        var (driver, acknowledged) = await BridgeClient.AcceptedAsync(next, "s", durability: "disk");
        Assert.Equal(50, acknowledged);
        await driver.SendAsync("{\"SparkObsSeq\":51,\"Event\":\"SparkListenerJobStart\",\"Job ID\":1,\"Submission Time\":1,\"Stage Infos\":[]}\n");
        await driver.WaitForAcknowledgementAsync(51);
        driver.Dispose();
        await next.Server.StopAsync(TimeSpan.Zero, default);

        Assert.StartsWith("s: line 50 of its journal cannot be read, and nothing can be made of what follows: ", Assert.Single(next.Notices), StringComparison.Ordinal);
        Assert.Empty(sink.Spans);
    }

    private static bool IsNoMarker(TestSpan span) => span[SparkAttributes.Marker] is not true;

    private string NewData() => Path.Combine(folder.Path, $"data{images++}");

    private string Image(string data)
    {
        var image = NewData();
        foreach (var file in Directory.GetFiles(data, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(image, Path.GetRelativePath(data, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            if (Path.GetFileName(file) == NumberedFolder.Lock)
                continue;
            File.Copy(file, copy);
        }
        Directory.CreateDirectory(Path.Combine(image, "sessions"));
        return image;
    }

    private static TestBridge Start(string data, SettlingSink sink, long segment = 8_000_000, Func<BridgeOptions, BridgeOptions>? options = null) =>
        new(given =>
        {
            var set = given with
            {
                DataDirectory = data,
                SinkOf = _ => sink,
                Journal = new JournalOptions { SegmentBytes = segment, Every = Timeout.InfiniteTimeSpan },
            };
            return options?.Invoke(set) ?? set;
        });

    /// <summary>A driver that sends its lines to bridges that are killed under it.</summary>
    private sealed class KilledRun(JournalTests tests, string session, IReadOnlyList<byte[]> lines, Random random, long segment)
    {
        private readonly List<SettlingSink> sinks = [];
        private string data = tests.NewData();
        private TestBridge? bridge;

        public int Kills { get; private set; }

        /// <summary>What collectors have, each span once.</summary>
        public IReadOnlyList<string> Settled => [.. TestSink.TextsOf(sinks.SelectMany(sink => sink.Settled).Where(IsNoMarker)).Distinct()];

        /// <summary>The contents that were seen under each id, settled or not.</summary>
        public IReadOnlyList<IReadOnlyList<string>> Texts =>
            [.. sinks.SelectMany(sink => sink.Spans).Where(IsNoMarker).GroupBy(span => span.Id).Select(spans => TestSink.TextsOf(spans).Distinct().ToList())];

        private TestBridge Bridge => bridge ??= Begin();

        public async Task SendAllAsync()
        {
            for (var sent = 0; sent < lines.Count;)
            {
                var (client, acknowledged) = await BridgeClient.AcceptedAsync(Bridge, session, durability: "disk");
                using (client)
                {
                    Assert.Equal(sent, acknowledged);
                    var from = Math.Max(0, sent - random.Next(10));
                    sent = Math.Min(lines.Count, sent + 1 + random.Next(lines.Count / 8));
                    await client.SendLinesAsync(lines.Skip(from).Take(sent - from), from + 1);
                    await client.WaitForAcknowledgementAsync(sent);
                    await SettleSomeAsync();
                    if (sent == lines.Count || random.Next(3) == 0)
                        await KillAsync();
                }
            }
        }

        /// <summary>The last bridge delivers all, and forgets it.</summary>
        public async Task EndAsync()
        {
            await Bridge.SessionOf(session).Recovered;
            Assert.True(Bridge.Server.ReadHealth().IsRecovered);
            Bridge.Time.Advance(TimeSpan.FromSeconds(10));
            await TestBridge.UntilAsync(() =>
            {
                sinks[^1].Settle(() => true);
                Bridge.Server.Checkpoint();
                return Directory.GetDirectories(Path.Combine(data, "sessions")).Length == 0;
            });
            await Bridge.DisposeAsync();
        }

        private TestBridge Begin()
        {
            sinks.Add(new SettlingSink());
            return Start(data, sinks[^1], segment);
        }

        private async Task SettleSomeAsync()
        {
            for (var i = random.Next(3); i > 0; i--)
            {
                await Bridge.Server.FlushAsync(default);
                sinks[^1].Settle(() => random.Next(3) > 0);
                Bridge.Server.Checkpoint();
            }
        }

        private async Task KillAsync()
        {
            Kills++;
            var before = tests.Image(data);
            Bridge.Server.Checkpoint();
            var image = tests.Image(data);
            sinks[^1].Kill();
            await Bridge.DisposeAsync();
            bridge = null;
            var folder = Directory.GetDirectories(Path.Combine(image, "sessions")).Single();
            // In the middle of a write; in the middle of letting go of segments.
            if (random.Next(2) == 0 && Directory.GetFiles(folder, "journal-*").Order().LastOrDefault() is { } last)
                await File.AppendAllTextAsync(last, "{\"SparkObsSeq\":1000000,\"Event\":\"Spark");
            if (random.Next(2) == 0)
            {
                foreach (var file in Directory.GetFiles(before, "journal-*", SearchOption.AllDirectories))
                {
                    var there = Path.Combine(image, Path.GetRelativePath(before, file));
                    if (!File.Exists(there))
                        File.Copy(file, there);
                }
                await File.WriteAllTextAsync(Path.Combine(folder, "checkpoint.tmp"), "{\"sett");
            }
            data = image;
        }
    }
}
