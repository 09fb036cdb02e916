using System.Diagnostics;
using System.Globalization;
using SparkObs.IntegrationTests.Harness;
using SparkObs.Spark.Tests.Export;

namespace SparkObs.IntegrationTests.Faults;

/// <summary>
/// A fault each, on a real Spark: the job's output and exit code are what they are without us, the collector has the spans of the event
/// log's replay, and the ledger says what became of every event. Shortened unless SPARKOBS_FAULTS=full.
/// </summary>
public sealed class FaultTests
{
    private static readonly Random Random = new(2026);

    private static int Tasks(int full, int @short) => FaultBench.IsFull ? full : @short;

    private static string[] ManyTasks(int tasks) =>
        ["--master", "local[2]", SparkSubmit.Workload("many_tasks"), tasks.ToString(CultureInfo.InvariantCulture)];

    [LiveFact]
    public async Task A_bridge_killed_at_random_moments()
    {
        var report = new FaultReport(1, "bridge killed with -9");
        var (kills, tasks) = FaultBench.IsFull ? (20, 20_000) : (4, 4_000);
        await using var bench = await FaultBench.StartAsync("3.5.3");

        var run = await bench.RunAsync(ManyTasks(tasks), async job =>
        {
            await job.WaitForAsync("counted");
            for (var i = 0; i < kills && !job.Process.HasExited; i++)
            {
                await Task.Delay(Random.Next(100, 1_500));
                await bench.Bridge.KillAndStartAsync();
            }
        });

        AssertManyTasks(run, tasks);
        await AssertWholeAsync(bench);
        report.Write($"{bench.Bridge.Restarts} kills, {tasks:#,0} tasks", FaultReport.Spans(bench.Exported), FaultReport.Nothing);
    }

    [LiveFact]
    public async Task A_collector_that_is_down_and_then_comes_and_goes()
    {
        var report = new FaultReport(2, "collector down, then flapping");
        var (down, tasks, flaps) = FaultBench.IsFull ? (TimeSpan.FromMinutes(2), 20_000, 10) : (TimeSpan.FromSeconds(8), 4_000, 4);
        await using var bench = await FaultBench.StartAsync("3.5.3", collector: false);

        var run = await bench.RunAsync(ManyTasks(tasks));
        AssertManyTasks(run, tasks);
        await Task.Delay(down);
        for (var i = 0; i < flaps; i++)
        {
            await bench.StartCollectorAsync();
            await Task.Delay(Random.Next(100, 500));
            await bench.StopCollectorAsync();
            await Task.Delay(Random.Next(100, 1_000));
        }
        await bench.StartCollectorAsync();

        await AssertWholeAsync(bench);
        report.Write($"{down.TotalSeconds:0} s down, {flaps} flaps, {tasks:#,0} tasks", FaultReport.Spans(bench.Exported), FaultReport.Nothing);
    }

    [LiveFact]
    public async Task A_bridge_that_is_stopped_for_a_while()
    {
        var report = new FaultReport(3, "bridge stopped (SIGSTOP)");
        var (pause, tasks) = FaultBench.IsFull ? (TimeSpan.FromSeconds(60), 20_000) : (TimeSpan.FromSeconds(5), 4_000);
        await using var bench = await FaultBench.StartAsync("4.3.0");

        TimeSpan plain = default, stopped = default;
        AssertManyTasks(await bench.PlainAsync(ManyTasks(tasks), async job => plain = await WorkAsync(job)), tasks);
        var whileStopped = "";
        var run = await bench.RunAsync(ManyTasks(tasks), async job =>
        {
            await job.WaitForAsync("counted");
            await bench.Bridge.PauseAsync();
            // The job goes on meanwhile: nothing in it waits for a bridge, and its end not for longer than it may.
            var paused = Task.Delay(pause);
            stopped = await WorkAsync(job);
            await paused;
            whileStopped = job.Output;
            await bench.Bridge.ResumeAsync();
        });

        AssertManyTasks(run, tasks);
        Assert.Contains("sums", whileStopped, StringComparison.Ordinal);
        var ratio = stopped / plain;
        // Both wrote the event log; what a busy machine does to one run of two can be a lot, a wait for the bridge would be its whole pause.
        Assert.True(ratio < 2, $"the job's work took {stopped} with a stopped bridge, {plain} without us");
        await AssertWholeAsync(bench);
        report.Write(
            string.Create(CultureInfo.InvariantCulture, $"{pause.TotalSeconds:0} s, {tasks:#,0} tasks; the job's time {ratio:0.00} of that without us"),
            FaultReport.Spans(bench.Exported), FaultReport.Nothing);

        static async Task<TimeSpan> WorkAsync(RunningJob job)
        {
            await job.WaitForAsync("counted");
            var watch = Stopwatch.StartNew();
            await job.WaitForAsync("sums");
            return watch.Elapsed;
        }
    }

    [LiveFact]
    public async Task A_driver_killed_with_a_bridge()
    {
        var report = new FaultReport(4, "driver killed with -9, bridge there");
        await using var bench = await FaultBench.StartAsync("3.5.3", bridgeOptions: ["--idle-timeout", "20s"]);

        await bench.RunAsync(ManyTasks(100_000), async job =>
        {
            await job.WaitForAsync("counted 500\ncounted 500\ncounted 500\n");
            await job.KillDriverAsync();
        });

        await bench.FinishAsync();
        var exported = bench.Exported;
        Assert.True(ExportedSpans.IsIncomplete(exported.Application));
        exported.AssertHasAllEndedOf(await bench.ReplayAsync(), butTheLast: TimeSpan.FromSeconds(1));
        var lost = exported.OfApplication("sparkobs.events.lost.driver");
        AssertLedger(exported.Application, lost);
        report.Write("1 kill", $"{exported.Count:#,0}, all that ended in the event log a second before", $"{lost} events in the driver's memory");
    }

    [LiveFact]
    public async Task A_driver_killed_without_a_bridge()
    {
        var report = new FaultReport(4, "driver killed with -9, no bridge");
        await using var bench = await FaultBench.StartAsync("3.5.3", bridge: false);

        await bench.RunAsync(ManyTasks(100_000), async job =>
        {
            await job.WaitForAsync(string.Concat(Enumerable.Repeat("counted 500\n", 6)));
            await Task.Delay(TimeSpan.FromSeconds(3));
            await job.KillDriverAsync();
        });

        var spool = await FaultBench.ReplayAsync(Directory.GetDirectories(bench.Bridge.SpoolFolder).Single());
        Assert.True(ExportedSpans.IsIncomplete(spool.Application));
        var ended = spool.Spans.Count(span => span.Name == "task" && !ExportedSpans.IsIncomplete(span));
        Assert.True(ended >= 3_000, $"{ended} tasks of at least 3,000 that ended seconds before are in the spool");
        report.Write("1 kill", $"{spool.Count:#,0} from the spool", "the last second in the driver's memory");
    }

    [LiveFact]
    public async Task A_spool_on_a_full_disk()
    {
        var report = new FaultReport(5, "spool's disk full");
        await using var bench = await FaultBench.StartAsync("3.5.3", bridge: false);
        using var disk = TinyDisk.Mount(bench.Bridge.SpoolFolder, megabytes: 1);
        var tasks = Tasks(20_000, 6_000);
        var goOn = bench.PathOf("go-on");
        string[] job = ["--conf", "spark.sparkobs.buffer.bytes=1m", .. ManyTasks(tasks), goOn];

        var run = await bench.RunAsync(job, async running =>
        {
            // All is full before the bridge comes.
            await running.WaitForAsync("sums");
            await bench.StartBridgeAsync();
            await FaultBench.UntilAsync(() => bench.Bridge.Notes.Any(note => note.Contains(" started: trace ", StringComparison.Ordinal)), "the driver finds the bridge");
            await File.WriteAllTextAsync(goOn, "");
        });

        AssertManyTasks(run, tasks);
        await bench.FinishAsync();
        var replay = await bench.ReplayAsync();
        var exported = bench.Exported;
        // Tasks alone are missing, with what stands below them; the structure is whole.
        Assert.Equal(Names(replay), Names(exported));
        var dropped = exported.OfApplication("sparkobs.events.lost.outbox");
        Assert.True(dropped > 0, "nothing was dropped: the disk was not full");
        AssertLedger(bench.Exported.Application, lost: dropped);
        report.Write($"1 MiB of disk and of memory, {tasks:#,0} tasks", $"{exported.Count:#,0} of {replay.Count:#,0}, only tasks missing", $"{dropped:#,0} events dropped, all of tasks");

        static IEnumerable<string> Names(ExportedSpans spans) => spans.Spans.Select(span => span.Name).Where(name => name is not ("task" or "shuffle read" or "shuffle write")).Order(StringComparer.Ordinal);
    }

    [LiveFact]
    public async Task A_bridge_on_a_full_disk()
    {
        var report = new FaultReport(5, "bridge's disk full");
        await using var bench = await FaultBench.StartAsync("3.5.3", bridge: false, collector: false);
        using var disk = TinyDisk.Mount(Directory.CreateDirectory(bench.Bridge.DataFolder).FullName, megabytes: 1);
        await bench.StartBridgeAsync();
        var tasks = Tasks(20_000, 6_000);

        var run = await bench.RunAsync(ManyTasks(tasks));

        AssertManyTasks(run, tasks);
        Assert.Contains(bench.Bridge.Notes, note => note.Contains("No space left on device", StringComparison.Ordinal));
        await bench.StartCollectorAsync();
        var exported = await AssertWholeAsync(bench);
        report.Write($"1 MiB for journal and queue, the collector down, {tasks:#,0} tasks", FaultReport.Spans(exported), FaultReport.Nothing);
    }

    [LiveFact]
    public async Task No_bridge_at_all()
    {
        var report = new FaultReport(6, "no bridge at all");
        var tasks = Tasks(20_000, 4_000);
        await using var bench = await FaultBench.StartAsync("4.3.0", bridge: false);

        var run = await bench.RunAsync(ManyTasks(tasks));

        AssertManyTasks(run, tasks);
        var folder = Directory.GetDirectories(bench.Bridge.SpoolFolder).Single();
        Assert.Contains($"sparkobs replay {folder}", run.Error, StringComparison.Ordinal);
        var spool = await FaultBench.ReplayAsync(folder);
        spool.AssertEqual(await bench.ReplayAsync());

        // A bridge that comes after all picks the spool up, once.
        await bench.StartBridgeAsync();
        await FaultBench.UntilAsync(() => Directory.GetDirectories(bench.Bridge.SpoolFolder).Length == 0, "the spool is removed");
        await bench.FinishAsync();
        bench.Exported.AssertEqual(spool);
        AssertLedger(bench.Exported.Application, lost: 0);
        report.Write($"{tasks:#,0} tasks", FaultReport.Spans(bench.Exported) + ", from the spool", FaultReport.Nothing);
    }

    [LiveFact]
    public async Task Fifty_applications_at_once()
    {
        var report = new FaultReport(7, "50 applications at once");
        await using var bench = await FaultBench.StartAsync("3.5.3");
        var real = FaultBench.IsFull ? 4 : 2;
        var tasks = Tasks(2_000, 500);

        var jobs = Enumerable.Range(0, real).Select(_ => bench.RunAsync(ManyTasks(tasks))).ToList();
        var recorded = Enumerable.Range(0, 50 - real).Select(i => SendAsync(i)).ToList();
        await Task.WhenAll(recorded);
        foreach (var run in await Task.WhenAll(jobs))
            AssertManyTasks(run, tasks);

        await FaultBench.UntilAsync(() => bench.Bridge.Notes.Count(note => note.Contains(" ended: ", StringComparison.Ordinal)) == 50, "all have ended");
        await bench.FinishAsync(real + RecordedDriver.Workloads.Count);
        var paths = RecordedDriver.Workloads.Select(RecordedDriver.PathOf).Append(bench.EventLogs).ToArray();
        bench.Exported.AssertEqual(await FaultBench.ReplayAsync(paths));
        // A recorded stream has no bus, and tells of no counts.
        var told = bench.Exported.Spans.Where(span => span.Name == "application" && ExportedSpans.Of(span, "sparkobs.events.posted") > 0).ToArray();
        Assert.Equal(real, told.Length);
        Assert.All(told, application => AssertLedger(application, lost: 0));
        report.Write($"{real} drivers, {50 - real} recorded streams", FaultReport.Spans(bench.Exported), FaultReport.Nothing);

        async Task SendAsync(int i)
        {
            using var driver = await RecordedDriver.ConnectAsync(bench.Bridge, $"recorded-{i}");
            await driver.SendAsync(RecordedDriver.Lines(RecordedDriver.Workloads[i % RecordedDriver.Workloads.Count]));
            await driver.WaitForAcknowledgementAsync();
        }
    }

    [LiveFact]
    public async Task Lines_that_were_fuzzed()
    {
        var report = new FaultReport(8, "fuzzed lines");
        var lines = FaultBench.IsFull ? 1_000_000 : 100_000;
        var http = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ServerProcess.FreePorts(1)[0]}");
        await using var bench = await FaultBench.StartAsync("3.5.3", bridgeOptions: ["--http", http]);
        var fuzzer = new LineFuzzer(RecordedDriver.Workloads.SelectMany(RecordedDriver.Lines), seed: 8);

        const int Parts = 10;
        var memory = new List<long>();
        for (var part = 0; part < Parts; part++)
        {
            using (var driver = await RecordedDriver.ConnectAsync(bench.Bridge, $"fuzzed-{part}"))
            {
                await driver.SendAsync(fuzzer.Take(lines / Parts));
                await driver.WaitForAcknowledgementAsync();
            }
            memory.Add(bench.Bridge.Resources().Memory);
        }

        // Each line is in one term: in a trace, of a type that has no place in one, or refused; but for an event log's own first line.
        var samples = await ScrapedMetrics.SamplesAsync(http);
        double Term(string name) => samples[$"sparkobs_bridge_events_total{{term=\"{name}\"}}"];
        double Lines(string kind) => samples[$"sparkobs_bridge_lines_total{{kind=\"{kind}\"}}"];
        Assert.Equal((Lines("event"), Lines("ignored"), Lines("unreadable")), (Term("delivered"), Term("ignored"), Term("unreadable")));
        Assert.Equal(lines, Term("delivered") + Term("ignored") + Term("unreadable") + Lines("own"));

        // It is there still, and serves an application as ever.
        using (var driver = await RecordedDriver.ConnectAsync(bench.Bridge, "real"))
        {
            await driver.SendAsync(RecordedDriver.Lines("3.5.3/sql-aqe"));
            await driver.WaitForAcknowledgementAsync();
        }
        var expected = await FaultBench.ReplayAsync(RecordedDriver.PathOf("3.5.3/sql-aqe"));
        await FaultBench.UntilAsync(() => expected.IsIn(bench.Exported), "the real application is exported");
        // Each part is an application that holds its bounds' worth of rubbish until it is closed: what matters is that it levels out.
        Assert.True(memory[^1] < 1.5 * memory[Parts / 2], $"memory grew: {string.Join(", ", memory.Select(bytes => bytes >> 20))} MiB");
        report.Write(
            $"{lines:#,0} lines", "a real application after them is whole",
            $"{Term("delivered"):#,0} delivered, {Term("ignored"):#,0} ignored, {Term("unreadable"):#,0} refused; {memory[Parts / 2] >> 20} MiB in the middle, {memory[^1] >> 20} MiB at the end");
    }

    [LiveFact]
    public async Task Executors_that_die_all_the_time()
    {
        var report = new FaultReport(9, "executors dying all the time");
        var deaths = FaultBench.IsFull ? 12 : 4;
        await using var bench = await FaultBench.StartAsync("3.5.3");
        string[] job = ["--master", "local-cluster[2,1,1024]", "--conf", "spark.task.maxFailures=1000", "--conf", "spark.stage.maxConsecutiveAttempts=1000",
            SparkSubmit.Workload("dying_executors"), deaths.ToString(CultureInfo.InvariantCulture)];

        var run = await bench.RunAsync(job);

        Assert.Equal((0, "sums [(0, 14850), (1, 14950), (2, 15050)]\n"), (run.ExitCode, run.Output));
        var exported = await AssertWholeAsync(bench);
        Assert.True(exported.OfApplication("spark.app.executors_removed") >= deaths);
        report.Write($"{deaths} executors killed", FaultReport.Spans(exported), FaultReport.Nothing);
    }

    [LiveFact]
    public async Task A_bus_that_drops()
    {
        var report = new FaultReport(10, "Spark's bus drops");
        var tasks = Tasks(20_000, 4_000);
        await using var bench = await FaultBench.StartAsync("3.5.3");
        string[] job = ["--conf", "spark.scheduler.listenerbus.eventqueue.sparkobs.capacity=2", .. ManyTasks(tasks)];

        var run = await bench.RunAsync(job);

        AssertManyTasks(run, tasks);
        await bench.FinishAsync();
        // Spark's own counts, of what it posted and what its queue dropped, make the equation with what was delivered.
        var dropped = bench.Exported.OfApplication("sparkobs.events.lost.bus");
        Assert.Contains("Dropping event from queue sparkobs", run.Error, StringComparison.Ordinal);
        Assert.True(dropped > 0, "nothing was dropped: the queue was not full");
        AssertLedger(bench.Exported.Application, lost: dropped);
        report.Write($"a queue of 2 events, {tasks:#,0} tasks", "incomplete, and says so", $"{dropped:#,0} events dropped by the bus, as Spark counts them");
    }

    private static void AssertManyTasks(SparkObsCli.Outcome run, int tasks)
    {
        var counted = string.Concat(Enumerable.Repeat("counted 500\n", tasks / 500));
        Assert.Equal((0, $"{counted}sums [71071, 71214, 71357, 71500, 71643, 71786, 70929]\ndone\n"), (run.ExitCode, run.Output));
    }

    /// <summary>Nothing was lost, and the collector has what the replay of the event log has.</summary>
    private static async Task<ExportedSpans> AssertWholeAsync(FaultBench bench)
    {
        await bench.FinishAsync();
        var exported = bench.Exported;
        AssertLedger(exported.Application, lost: 0);
        exported.AssertEqual(await bench.ReplayAsync());
        return exported;
    }

    /// <summary>The equation of the events, as the application's span has it: Spark's count of what it posted against what arrived.</summary>
    private static void AssertLedger(DecodedSpan application, long lost)
    {
        long Of(string key) => ExportedSpans.Of(application, $"sparkobs.events.{key}");
        Assert.True(Of("posted") > 0, "the driver has told no counts");
        Assert.Equal((Of("posted"), lost), (Of("delivered") + Of("ignored") + lost, Of("lost")));
    }
}
