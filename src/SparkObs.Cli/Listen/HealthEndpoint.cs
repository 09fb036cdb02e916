using System.Net;
using System.Text;
using System.Text.Json;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Export;

namespace SparkObs.Cli.Listen;

/// <summary>
/// What watches a bridge may ask: <c>/healthz</c> (does it work), <c>/readyz</c> (may drivers be sent to it) and <c>/metrics</c> (its
/// own metrics, for Prometheus). Nothing in it is secret, and nothing can be changed by it.
/// </summary>
internal sealed class HealthEndpoint : IAsyncDisposable
{
    private const int Ok = 200;
    private const int ServiceUnavailable = 503;
    private const int NotFound = 404;
    private const string JsonType = "application/json";
    private const string TextType = "text/plain; charset=utf-8";

    /// <summary>A request is answered within the bridge's own bounds; what hangs is not waited for.</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromMilliseconds(500);

    private readonly BridgeServer server;
    private readonly Func<ExportCounts?> export;
    private readonly HttpListener listener = new();
    private readonly MetricsText metrics;
    private readonly Task serving;

    private HealthEndpoint(string host, int port, BridgeServer server, Func<ExportCounts?> export)
    {
        this.server = server;
        this.export = export;
        foreach (var path in (string[])["healthz", "readyz", "metrics"])
            listener.Prefixes.Add($"http://{host}:{port}/{path}/");
        listener.Start();
        try
        {
            metrics = MetricsText.Start();
        }
        catch
        {
            listener.Close();
            throw;
        }
        serving = Task.Run(ServeAsync);
    }

    /// <param name="address"><c>HOST:PORT</c>; the host <c>0.0.0.0</c> means all of the machine's, under any name.</param>
    /// <param name="export">What the exporter did; null where spans are not sent.</param>
    /// <exception cref="UserError">It is no address, or is in use.</exception>
    public static HealthEndpoint Start(string address, BridgeServer server, Func<ExportCounts?> export)
    {
        var (host, port) = Parse(address);
        try
        {
            return new HealthEndpoint(host, port, server, export);
        }
        catch (Exception e) when (e is HttpListenerException or InvalidOperationException)
        {
            throw new UserError($"--http: cannot listen at {address}: {e.Message}. Choose another port", inner: e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await Task.WhenAny(Task.WhenAll(serving, Task.Run(metrics.Dispose)), Task.Delay(StopWithin)).ConfigureAwait(false);
    }

    internal static (string Host, int Port) Parse(string address)
    {
        var colon = address.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(address.AsSpan(colon + 1), out var port) || port == 0)
            throw new UserError($"--http: '{address}' is no address; use HOST:PORT, as 127.0.0.1:4320, or 0.0.0.0:4320 for probes from outside");
        var host = address[..colon];
        // A prefix of the listener's is for requests under that very name, and * for all.
        return (host is "0.0.0.0" or "[::]" ? "*" : host, port);
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            _ = Task.Run(() => AnswerAsync(context));
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            var (status, type, body) = await AnswerAsync(context.Request).ConfigureAwait(false);
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            context.Response.Headers["Cache-Control"] = "no-store";
            context.Response.Close(body, willBlock: true);
        }
        catch (Exception e) when (e is HttpListenerException or InvalidOperationException or IOException)
        {
            // Whoever asked is gone.
        }
    }

    private async Task<(int Status, string Type, byte[] Body)> AnswerAsync(HttpListenerRequest request)
    {
        switch (request.Url?.AbsolutePath)
        {
            case "/healthz":
                var alive = server.ReadHealth();
                return (alive.IsAlive ? Ok : ServiceUnavailable, JsonType, Json(json => WriteAlive(json, alive)));
            case "/readyz":
                var ready = server.ReadHealth();
                return (ready.IsReady ? Ok : ServiceUnavailable, JsonType, Json(json => WriteReady(json, ready)));
            case "/metrics":
                try
                {
                    var (type, body) = await metrics.CollectAsync(request.Headers["Accept"]).ConfigureAwait(false);
                    return (Ok, type, body);
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
                {
                    return (ServiceUnavailable, TextType, Encoding.UTF8.GetBytes(e.Message));
                }
            default:
                return (NotFound, TextType, []);
        }
    }

    private static void WriteAlive(Utf8JsonWriter json, BridgeHealth health)
    {
        json.WriteString("status", health.IsAlive ? "alive" : "stuck");
        json.WriteBoolean("accepting", health.AcceptsOrStops);
        json.WriteBoolean("moving", health.Moves);
    }

    private void WriteReady(Utf8JsonWriter json, BridgeHealth health)
    {
        json.WriteString("status", health.IsReady ? "ready" : "not ready");
        json.WriteBoolean("accepting", health.IsAccepting);
        json.WriteBoolean("moving", health.Moves);
        json.WriteBoolean("recovered", health.IsRecovered);
        json.WriteString("export", health.ExportFailed ? "failed" : "working");
        json.WriteNumber("applications", health.Applications);
        json.WriteNumber("connections", health.Connections);
        json.WriteNumber("silent_drivers", health.SilentDrivers);
        json.WriteNumber("spans_waiting", health.SpansWaiting);
        if (export() is { } counts)
            json.WriteNumber("spans_queued", counts.Queued);
    }

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }
}
