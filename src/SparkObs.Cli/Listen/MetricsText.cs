using System.Net;
using System.Net.Sockets;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using SparkObs.Spark.Export;

namespace SparkObs.Cli.Listen;

/// <summary>
/// This process's metrics in Prometheus's formats. OpenTelemetry's exporter has a listener of its own, which cannot be bound to all
/// addresses; it stands behind ours, on a port of loopback.
/// </summary>
internal sealed class MetricsText : IDisposable
{
    /// <summary>Another process may take a free port before the exporter does.</summary>
    private const int Tries = 5;

    private readonly MeterProvider provider;
    private readonly HttpClient client;

    private MetricsText(MeterProvider provider, int port)
    {
        this.provider = provider;
        client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <exception cref="HttpListenerException">No port can be had.</exception>
    public static MetricsText Start()
    {
        for (var left = Tries; ; left--)
        {
            var port = FreePort();
            try
            {
                return new MetricsText(
                    Sdk.CreateMeterProviderBuilder()
                        .ConfigureResource(resource => resource.Clear().AddService("sparkobs", serviceVersion: OtlpScope.Version))
                        .AddMeter(ExportMetrics.MeterName)
                        .AddPrometheusHttpListener(options => (options.Host, options.Port) = ("127.0.0.1", port))
                        .Build(),
                    port);
            }
            catch (HttpListenerException) when (left > 1)
            {
            }
        }
    }

    /// <summary>Collects.</summary>
    /// <param name="accept">The formats that the scraper takes.</param>
    /// <exception cref="HttpRequestException">The exporter has failed.</exception>
    /// <exception cref="TaskCanceledException">It hangs.</exception>
    public async Task<(string ContentType, byte[] Body)> CollectAsync(string? accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await client.SendAsync(request).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        return (response.Content.Headers.ContentType!.ToString(), await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false));
    }

    public void Dispose()
    {
        client.Dispose();
        provider.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
