using System.Globalization;
using System.Text.Json;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>A real Prometheus (Debian's package) that scrapes one target every second, on a free port.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    public const string Program = "/usr/bin/prometheus";

    private static readonly HttpClient Client = new();

    private readonly string folder = Directory.CreateTempSubdirectory("sparkobs-prometheus-").FullName;
    private readonly int port = ServerProcess.FreePorts(1)[0];
    private readonly ServerProcess process;

    private PrometheusServer(string target)
    {
        var config = Path.Combine(folder, "prometheus.yml");
        File.WriteAllText(config, $$"""
            global: {scrape_interval: 1s, scrape_timeout: 1s}
            scrape_configs:
              - job_name: bridge
                static_configs: [{targets: ["{{target}}"]}]
            """);
        process = new ServerProcess(
            Program, $"--config.file={config}", $"--storage.tsdb.path={Path.Combine(folder, "data")}",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"));
    }

    /// <param name="target">Host and port, whose <c>/metrics</c> is scraped.</param>
    public static async Task<PrometheusServer> StartAsync(string target)
    {
        var prometheus = new PrometheusServer(target);
        try
        {
            await prometheus.process.WaitUntilAsync(async () => (await prometheus.QueryAsync("up == 1")).Count == 1);
            return prometheus;
        }
        catch
        {
            await prometheus.DisposeAsync();
            throw;
        }
    }

    /// <summary>An instant query's result, by <see cref="ScrapedMetrics.Series"/>, without the target's labels.</summary>
    public async Task<IReadOnlyDictionary<string, double>> QueryAsync(string query)
    {
        using var answer = await Client.GetAsync(new Uri($"http://127.0.0.1:{port}/api/v1/query?query={Uri.EscapeDataString(query)}"));
        answer.EnsureSuccessStatusCode();
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().ToDictionary(
            series => Name(series.GetProperty("metric")),
            series => double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static string Name(JsonElement metric) => ScrapedMetrics.Series(
        metric.GetProperty("__name__").GetString()!,
        metric.EnumerateObject().Where(label => label.Name is not ("__name__" or "job" or "instance")).Select(label => $"{label.Name}=\"{label.Value.GetString()}\""));
}
