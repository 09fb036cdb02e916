using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SparkObs.IntegrationTests.Harness;
using SparkObs.Spark.Bridge;

namespace SparkObs.IntegrationTests;

/// <summary>What goes wrong on our side, and the job that does not notice.</summary>
public sealed class LiveTroubleTests
{
    private const string Output = """
        thread-0 10
        thread-1 332833500
        thread-2 10
        thread-3 332833500
        thread-4 10
        thread-5 332833500

        """;

    private static readonly string[] Job = ["--master", "local[2]", SparkSubmit.Workload("threads")];

    private const string Version = "4.3.0";

    [LiveFact]
    public async Task A_bridge_that_is_absent() =>
        await AssertUnharmedAsync($"127.0.0.1:{ServerProcess.FreePorts(1)[0]}", "no bridge at");

    [LiveFact]
    public async Task A_bridge_that_hangs()
    {
        using var hanging = new TcpListener(IPAddress.Loopback, 0);
        hanging.Start();

        await AssertUnharmedAsync(hanging.LocalEndpoint.ToString()!, "SparkObs");
    }

    [LiveFact]
    public async Task A_bridge_that_answers_rubbish()
    {
        using var rubbish = new TcpListener(IPAddress.Loopback, 0);
        rubbish.Start();
        using var stop = new CancellationTokenSource();
        var serving = ServeAsync(rubbish, "HTTP/1.1 418 I'm a teapot\r\n\r\n", stop.Token);

        await AssertUnharmedAsync(rubbish.LocalEndpoint.ToString()!, "SparkObs");

        await stop.CancelAsync();
        Assert.True(await serving > 0);
    }

    [LiveFact]
    public async Task A_bridge_with_another_token()
    {
        await using var bridge = BridgeServer.Start(new BridgeOptions { Token = "the bridge's own", SinkOf = _ => throw new InvalidOperationException("nothing comes") });

        await AssertUnharmedAsync(bridge.Endpoint, "wrong token", token: "another");

        Assert.Equal(1, bridge.Refused(Refusal.Token));
        Assert.Empty(bridge.Sessions);
    }

    [LiveFact]
    public async Task A_collector_that_is_away()
    {
        using var spark = new SparkSubmit(Version);
        var endpoint = $"http://127.0.0.1:{ServerProcess.FreePorts(1)[0]}";

        var run = await spark.TracedAsync(["--endpoint", endpoint, "--flush-timeout", "1s"], Job);

        Assert.Equal((0, Output), (run.ExitCode, run.Output));
        Assert.Contains("sparkobs: not all spans could be delivered within 1.0 s\n", run.Error, StringComparison.Ordinal);
        Assert.Matches($@"sparkobs: threads \(local-[0-9]+\): 0 spans exported to {endpoint}/, [1-9][0-9]* kept in {spark.PathOf("state")}/sparkobs/queue/[0-9a-f]+ for the next start; trace ", run.Error);
    }

    [LiveFact]
    public async Task A_signal_ends_the_job_and_its_trace_is_whole()
    {
        using var spark = new SparkSubmit(Version);
        var job = spark.PathOf("sleep.py");
        await File.WriteAllTextAsync(job, """
            import pathlib, sys, time
            from pyspark.sql import SparkSession
            sc = SparkSession.builder.appName("sleep").getOrCreate().sparkContext
            marker = sys.argv[1]
            def run(x):
                pathlib.Path(marker).touch()
                time.sleep(120)
            sc.parallelize([1], 1).foreach(run)
            """);
        var running = spark.PathOf("running");

        var run = await spark.LiveAndReplayAsync(["--master", "local[2]", job, running], async process =>
        {
            for (var watch = Stopwatch.StartNew(); !File.Exists(running) && !process.HasExited && watch.Elapsed < TimeSpan.FromSeconds(120);)
                await Task.Delay(50);
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
        });

        Assert.Equal(143, run.Outcome.ExitCode);
        Assert.Equal("143", OtlpSpans.Attribute(run.Live.Application, "sparkobs.exit_code"));
        run.AssertSame();
    }

    private static async Task AssertUnharmedAsync(string bridge, string said, string token = "x")
    {
        using var spark = new SparkSubmit(Version) { Environment = { ["SPARKOBS_TOKEN"] = token } };
        var run = await spark.TracedAsync(["--bridge", bridge], Job);

        Assert.Equal((0, Output), (run.ExitCode, run.Output));
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }

    private static async Task<int> ServeAsync(TcpListener listener, string answer, CancellationToken stop)
    {
        for (var served = 0; ; served++)
        {
            try
            {
                using var client = await listener.AcceptTcpClientAsync(stop);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer), stop);
                await client.GetStream().CopyToAsync(Stream.Null, stop);
            }
            catch (OperationCanceledException)
            {
                return served;
            }
            catch (IOException)
            {
                // It closed first.
            }
        }
    }
}
