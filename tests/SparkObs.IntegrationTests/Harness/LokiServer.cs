using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>A real Loki with its storage in a folder of its own, on free ports.</summary>
internal sealed class LokiServer : IAsyncDisposable
{
    private static readonly HttpClient Client = new();

    private readonly string folder = Directory.CreateTempSubdirectory("sparkobs-loki-").FullName;
    private readonly int[] ports = ServerProcess.FreePorts(2);
    private readonly ServerProcess process;

    private LokiServer()
    {
        var config = Path.Combine(folder, "loki.yml");
        File.WriteAllText(config, $$"""
            auth_enabled: false
            analytics: {reporting_enabled: false}
            server: {http_listen_address: 127.0.0.1, http_listen_port: {{ports[0]}}, grpc_listen_address: 127.0.0.1, grpc_listen_port: {{ports[1]}}, log_level: warn}
            common:
              path_prefix: {{folder}}
              instance_addr: 127.0.0.1
              replication_factor: 1
              ring: {kvstore: {store: inmemory} }
              storage:
                filesystem: {chunks_directory: {{folder}}/chunks, rules_directory: {{folder}}/rules}
            ingester: {lifecycler: {min_ready_duration: 0s} }
            schema_config:
              configs:
                - {from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h} }
            """);
        process = new ServerProcess(Toolbox.Server("loki"), $"-config.file={config}");
    }

    private Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[0]}"));

    /// <summary>Where OTLP logs go, over HTTP.</summary>
    public string OtlpLogsEndpoint => new Uri(Address, "/otlp/v1/logs").ToString();

    public static async Task<LokiServer> StartAsync()
    {
        var loki = new LokiServer();
        try
        {
            await loki.process.WaitUntilAsync(async () =>
            {
                using var answer = await Client.GetAsync(new Uri(loki.Address, "/ready"));
                return answer.IsSuccessStatusCode;
            });
            return loki;
        }
        catch
        {
            await loki.DisposeAsync();
            throw;
        }
    }

    /// <summary>Pushes lines as a log shipper does, under the label <c>job</c>, a millisecond apart, up to now.</summary>
    public async Task PushAsync(string job, IReadOnlyList<string> lines)
    {
        var first = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - lines.Count;
        var push = new { streams = new[] { new { stream = new { job }, values = lines.Select((line, i) => new[] { (first + i).ToString(CultureInfo.InvariantCulture) + "000000", line }) } } };
        using var answer = await Client.PostAsJsonAsync(new Uri(Address, "/loki/api/v1/push"), push);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The lines of a query, oldest first, with their labels (stream, structured metadata and parsed), once there are so many.</summary>
    public async Task<IReadOnlyList<(string Line, IReadOnlyDictionary<string, string> Labels)>> QueryAsync(string query, int lines)
    {
        List<(string, string, IReadOnlyDictionary<string, string>)> found = [];
        await process.WaitUntilAsync(async () =>
        {
            var since = DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds();
            using var answer = await Client.GetAsync(new Uri(Address, string.Create(CultureInfo.InvariantCulture, $"/loki/api/v1/query_range?direction=forward&limit=5000&start={since}&query={Uri.EscapeDataString(query)}")));
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, text);
            found = [.. JsonDocument.Parse(text).RootElement.GetProperty("data").GetProperty("result").EnumerateArray().SelectMany(stream =>
            {
                var labels = stream.GetProperty("stream").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!);
                return stream.GetProperty("values").EnumerateArray().Select(value => (value[0].GetString()!, value[1].GetString()!, (IReadOnlyDictionary<string, string>)labels));
            })];
            return found.Count >= lines;
        });
        return [.. found.OrderBy(line => line.Item1, StringComparer.Ordinal).Select(line => (line.Item2, line.Item3))];
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
