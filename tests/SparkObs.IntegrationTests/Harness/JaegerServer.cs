using System.Net.Sockets;
using System.Text.Json;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>A real Jaeger with its storage in memory, on free ports.</summary>
internal sealed class JaegerServer : IAsyncDisposable
{
    private static readonly HttpClient Client = new();

    private readonly string config = Path.GetTempFileName();
    private readonly int queryPort;
    private readonly ServerProcess process;

    private JaegerServer()
    {
        var ports = ServerProcess.FreePorts(4);
        queryPort = ports[0];
        GrpcEndpoint = $"http://127.0.0.1:{ports[2]}";
        HttpEndpoint = $"http://127.0.0.1:{ports[3]}";
        File.WriteAllText(config, $$"""
            service:
              extensions: [jaeger_storage, jaeger_query]
              pipelines:
                traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}
              telemetry: {metrics: {level: none} }
            extensions:
              jaeger_query:
                storage: {traces: mem}
                http: {endpoint: 127.0.0.1:{{ports[0]}} }
                grpc: {endpoint: 127.0.0.1:{{ports[1]}} }
              jaeger_storage:
                backends:
                  mem: {memory: {max_traces: 100000} }
            receivers:
              otlp:
                protocols:
                  grpc: {endpoint: 127.0.0.1:{{ports[2]}} }
                  http: {endpoint: 127.0.0.1:{{ports[3]}} }
            exporters:
              jaeger_storage_exporter: {trace_storage: mem}
            """);
        process = new ServerProcess(Toolbox.Server("jaeger"), "--config", config);
    }

    /// <summary>OTLP over gRPC.</summary>
    public string GrpcEndpoint { get; }

    /// <summary>OTLP over HTTP, without the path.</summary>
    public string HttpEndpoint { get; }

    /// <summary>The query API: <c>/api/traces/…</c>.</summary>
    public Uri Query => new($"http://127.0.0.1:{queryPort}");

    public static async Task<JaegerServer> StartAsync()
    {
        var jaeger = new JaegerServer();
        try
        {
            await jaeger.process.WaitUntilAsync(async () =>
            {
                using var grpc = new TcpClient();
                await grpc.ConnectAsync("127.0.0.1", new Uri(jaeger.GrpcEndpoint).Port);
                using var http = new TcpClient();
                await http.ConnectAsync("127.0.0.1", new Uri(jaeger.HttpEndpoint).Port);
                using var answer = await Client.GetAsync(new Uri(jaeger.Query, "/api/services"));
                return answer.IsSuccessStatusCode;
            });
            return jaeger;
        }
        catch
        {
            await jaeger.DisposeAsync();
            throw;
        }
    }

    /// <summary>A trace as Jaeger's API gives it (<c>data[0]</c>), once it has so many spans.</summary>
    public async Task<JsonElement> TraceAsync(string traceId, int spans)
    {
        JsonElement trace = default;
        await process.WaitUntilAsync(async () =>
        {
            using var answer = await Client.GetAsync(new Uri(Query, $"/api/traces/{traceId}"));
            if (!answer.IsSuccessStatusCode)
                return false;
            trace = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("data")[0];
            return trace.GetProperty("spans").GetArrayLength() >= spans;
        });
        return trace;
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        File.Delete(config);
    }
}
