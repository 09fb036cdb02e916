using System.Diagnostics;
using System.Globalization;
using SparkObs.IntegrationTests.Faults;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests;

/// <summary>A bridge's own metrics as a real Prometheus has them.</summary>
public sealed class PrometheusTests
{
    [ToolboxFact("prometheus")]
    public async Task What_a_bridge_counts_is_in_Prometheus()
    {
        var http = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ServerProcess.FreePorts(1)[0]}");
        await using var bench = await FaultBench.StartAsync("3.5.3", bridgeOptions: ["--http", http]);
        await using var prometheus = await PrometheusServer.StartAsync(http);
        using (var driver = await RecordedDriver.ConnectAsync(bench.Bridge, "recorded"))
        {
            await driver.SendAsync(RecordedDriver.Lines("3.5.3/sql-aqe"));
            await driver.WaitForAcknowledgementAsync();
        }
        await FaultBench.UntilAsync(() => bench.Exported.Applications == 1, "the application is exported");

        // In the end all is at rest, but for times that go on: what is scraped now is what was scraped last.
        Dictionary<string, double> told = [], kept = [];
        bool IsAtRest() => told.GetValueOrDefault("sparkobs_export_spans_total{sparkobs_export_outcome=\"exported\"}") == bench.Exported.Sent && told.All(kept.Contains);
        for (var watch = Stopwatch.StartNew(); !IsAtRest() && watch.Elapsed < TimeSpan.FromSeconds(30); await Task.Delay(200))
        {
            told = AtRest(await ScrapedMetrics.SamplesAsync(http));
            kept = AtRest(await prometheus.QueryAsync("{__name__=~\"sparkobs_.*\"}"));
        }
        Assert.Equal(told.OrderBy(sample => sample.Key, StringComparer.Ordinal), kept.OrderBy(sample => sample.Key, StringComparer.Ordinal));
        Assert.Equal("", await LintAsync(await ScrapedMetrics.TextAsync(http)));
    }

    private static Dictionary<string, double> AtRest(IReadOnlyDictionary<string, double> samples) => samples
        .Where(sample => sample.Key.StartsWith("sparkobs_", StringComparison.Ordinal) && !sample.Key.Contains("_seconds{", StringComparison.Ordinal))
        .ToDictionary();

    /// <summary>What promtool has to say against the metrics' names and texts.</summary>
    private static async Task<string> LintAsync(string text)
    {
        using var lint = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        await lint.StandardInput.WriteAsync(text);
        lint.StandardInput.Close();
        var output = lint.StandardOutput.ReadToEndAsync();
        return await lint.StandardError.ReadToEndAsync() + await output;
    }
}
