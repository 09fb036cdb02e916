using System.Diagnostics;
using SparkObs.IntegrationTests.Harness;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Export;

namespace SparkObs.IntegrationTests.Faults;

/// <summary>
/// A bridge, a collector and a real Spark, and what one fault does to them: the job's result against the same without us, and the
/// collector's spans against the replay of the job's event log.
/// </summary>
internal sealed class FaultBench : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly SparkSubmit spark;

    private FaultBench(SparkSubmit spark, int collectorPort, string[] bridgeOptions)
    {
        this.spark = spark;
        CollectorPort = collectorPort;
        EventLogs = Directory.CreateDirectory(spark.PathOf("logs")).FullName;
        Bridge = new BridgeProcess(spark.PathOf(""), $"http://127.0.0.1:{collectorPort}", bridgeOptions);
        Directory.CreateDirectory(Bridge.SpoolFolder);
    }

    /// <summary>Full length, as <c>scripts/faults.sh --all</c> runs it; else shortened where it only waits.</summary>
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("SPARKOBS_FAULTS") == "full";

    public BridgeProcess Bridge { get; }

    public int CollectorPort { get; }

    /// <summary>The folder of the jobs' event logs.</summary>
    public string EventLogs { get; }

    /// <summary>Null while it is away.</summary>
    public MockCollector? Collector { get; private set; }

    /// <summary>All that arrived over all lives of the collector.</summary>
    private List<MockCollector> Collectors { get; } = [];

    public string PathOf(string name) => spark.PathOf(name);

    public static async Task<FaultBench> StartAsync(string version, bool bridge = true, bool collector = true, string[]? bridgeOptions = null)
    {
        var bench = new FaultBench(new SparkSubmit(version), ServerProcess.FreePorts(1)[0], bridgeOptions ?? []);
        if (collector)
            await bench.StartCollectorAsync();
        if (bridge)
            await bench.StartBridgeAsync();
        else
            BridgeToken.Create(bench.Bridge.TokenFile, BridgeToken.Random());
        return bench;
    }

    public Task StartBridgeAsync() => Bridge.StartAsync();

    public async Task StartCollectorAsync()
    {
        Collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf, CollectorPort);
        Collectors.Add(Collector);
    }

    public async Task StopCollectorAsync()
    {
        await Collector!.DisposeAsync();
        Collector = null;
    }

    /// <summary>Runs the job with the plugin and the event log on.</summary>
    /// <param name="arguments">Those of spark-submit.</param>
    /// <param name="during">Is given the running spark-submit and what the job has written so far.</param>
    public Task<SparkObsCli.Outcome> RunAsync(string[] arguments, Func<RunningJob, Task>? during = null) =>
        spark.SubmitAsync([.. Conf, .. arguments], during);

    /// <summary>The same job without us, its event log thrown away.</summary>
    public Task<SparkObsCli.Outcome> PlainAsync(string[] arguments, Func<RunningJob, Task>? during = null)
    {
        var logs = Directory.CreateDirectory(PathOf("plain-logs")).FullName;
        return spark.SubmitAsync(["--conf", "spark.eventLog.enabled=true", "--conf", $"spark.eventLog.dir={logs}", .. arguments], during);
    }

    private string[] Conf =>
    [
        "--jars", SparkObsCli.Jar,
        "--conf", "spark.plugins=io.sparkobs.SparkObsPlugin",
        "--conf", $"spark.sparkobs.endpoint={Bridge.Endpoint}",
        "--conf", $"spark.sparkobs.token.file={Bridge.TokenFile}",
        "--conf", $"spark.sparkobs.spool.dir={Bridge.SpoolFolder}",
        "--conf", "spark.eventLog.enabled=true", "--conf", $"spark.eventLog.dir={EventLogs}",
    ];

    /// <summary>The spans that the collector has confirmed.</summary>
    public ExportedSpans Exported => ExportedSpans.Of(Collectors);

    /// <summary>What <c>sparkobs replay</c> makes of the event log.</summary>
    public Task<ExportedSpans> ReplayAsync() => ReplayAsync(EventLogs);

    public static async Task<ExportedSpans> ReplayAsync(params string[] paths)
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        var replay = await SparkObsCli.RunAsync(
            [new("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")],
            ["replay", "--output", "otlp", "--tasks", "all", "--endpoint", $"http://127.0.0.1:{collector.Endpoint.Port}", .. paths]);
        Assert.True(replay.ExitCode is 0 or 4, replay.Error);
        return ExportedSpans.Of([collector]);
    }

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); await Task.Delay(200))
            Assert.True(watch.Elapsed < Patience, $"not within {Patience}: {what}");
    }

    /// <summary>
    /// Waits until the collector has so many applications' own spans, then stops the bridge, which delivers what is left and says by its
    /// exit code that it has.
    /// </summary>
    public async Task FinishAsync(int applications = 1)
    {
        for (var watch = Stopwatch.StartNew(); Exported.Applications < applications; await Task.Delay(500))
            Assert.True(watch.Elapsed < Patience, $"{Exported.Applications} of {applications} applications after {watch.Elapsed}; the bridge said:\n{string.Join('\n', Bridge.Notes)}");
        var code = await Bridge.StopAsync();
        Assert.True(code is 0, $"the bridge ended with {code}:\n{string.Join('\n', Bridge.Notes)}");
    }

    public async ValueTask DisposeAsync()
    {
        await Bridge.DisposeAsync();
        foreach (var collector in Collectors)
            await collector.DisposeAsync();
        spark.Dispose();
    }
}
