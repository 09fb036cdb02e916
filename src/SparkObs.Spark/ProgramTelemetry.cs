using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using SparkObs.Spark.Export;

namespace SparkObs.Spark;

/// <summary>
/// The program's own spans and our metrics, exported by the OpenTelemetry SDK as long as the program has no providers of its own that
/// take them. Each part is built when it is first needed: a program that starts does not wait for the SDK.
/// </summary>
internal sealed class ProgramTelemetry(SparkObsSettings settings)
{
    /// <summary>How each MeterProvider of the program's that has our meter delivers: they may be there before anything is started.</summary>
    private static Func<int, bool>[] meterProviders = [];

    private static readonly object MeterProvidersGate = new();

    private readonly object gate = new();
    private TracerProvider? spans;
    private MeterProvider? metrics;
    private int tracerProviders;
    private bool ended;

    /// <summary>Something was built: until then the SDK is not even loaded.</summary>
    private volatile bool isBuilt;

    /// <summary>Nothing is to be done for spans: theirs are exported, or there are others who do that.</summary>
    private volatile bool hasSpans;

    public void NeedSpans()
    {
        if (hasSpans)
            return;
        lock (gate)
        {
            if (!ended && tracerProviders == 0)
            {
                spans ??= BuildSpans();
                isBuilt = true;
            }
            hasSpans = true;
        }
    }

    public void NeedMetrics()
    {
        lock (gate)
        {
            if (ended || Volatile.Read(ref meterProviders).Length > 0 || !settings.ExportsMetrics)
                return;
            metrics ??= BuildMetrics();
            isBuilt = true;
        }
    }

    /// <summary>A TracerProvider of the program's exports its spans from now on, until what is returned is disposed.</summary>
    public IDisposable JoinTracerProvider()
    {
        TracerProvider? ours;
        lock (gate)
        {
            tracerProviders++;
            hasSpans = true;
            (ours, spans) = (spans, null);
        }
        ours?.Dispose();
        return new Joined(() =>
        {
            lock (gate)
                hasSpans = --tracerProviders > 0 || ended;
        });
    }

    /// <summary>A MeterProvider of the program's has our meter from now on, until what is returned is disposed.</summary>
    /// <param name="flush">Has it deliver what is measured now, within so many milliseconds.</param>
    public static IDisposable JoinMeterProvider(Func<int, bool> flush)
    {
        lock (MeterProvidersGate)
            meterProviders = [.. meterProviders, flush];
        SparkObsCore.Current?.Telemetry.LeaveMetrics();
        return new Joined(() =>
        {
            lock (MeterProvidersGate)
                meterProviders = [.. meterProviders.Where(other => other != flush)];
        });
    }

    /// <summary>Delivers the spans that have ended.</summary>
    public void Flush(TimeSpan within)
    {
        if (isBuilt)
            FlushSpans(within);
    }

    /// <summary>Delivers what is left, the metrics as they are now, and ends.</summary>
    public void End(TimeSpan within)
    {
        lock (gate)
            ended = hasSpans = true;
        // What the bridge measured goes with it.
        foreach (var flush in Volatile.Read(ref meterProviders))
            flush((int)within.TotalMilliseconds);
        if (isBuilt)
            Shutdown(within);
    }

    private void LeaveMetrics()
    {
        MeterProvider? ours;
        lock (gate)
            (ours, metrics) = (metrics, null);
        ours?.Dispose();
    }

    private void FlushSpans(TimeSpan within)
    {
        TracerProvider? ours;
        lock (gate)
            ours = spans;
        ours?.ForceFlush((int)within.TotalMilliseconds);
    }

    private void Shutdown(TimeSpan within)
    {
        TracerProvider? oursOfSpans;
        MeterProvider? oursOfMetrics;
        lock (gate)
        {
            (oursOfSpans, spans) = (spans, null);
            (oursOfMetrics, metrics) = (metrics, null);
        }
        // Disposing waits for 5 s; after a shutdown it has nothing to wait for.
        var ms = (int)within.TotalMilliseconds;
        Parallel.Invoke(
            () => oursOfSpans?.Shutdown(ms),
            () => oursOfMetrics?.Shutdown(ms));
        oursOfSpans?.Dispose();
        oursOfMetrics?.Dispose();
    }

    private TracerProvider BuildSpans() => Sdk.CreateTracerProviderBuilder()
        .SetResourceBuilder(ProgramResource.Of(settings.Trace))
        .AddSource(ProgramSpans.SourceName)
        .AddOtlpExporter(exporter => Tell(exporter, settings.Otlp.Endpoint))
        .Build();

    private MeterProvider BuildMetrics() => Sdk.CreateMeterProviderBuilder()
        .SetResourceBuilder(ProgramResource.Of(settings.Trace))
        .AddMeter(ExportMetrics.MeterName)
        .AddOtlpExporter(exporter => Tell(exporter, new Uri(settings.Otlp.Endpoint.AbsoluteUri.Replace("v1/traces", "v1/metrics", StringComparison.Ordinal))))
        .Build();

    /// <summary>What the program did not say the SDK reads from the variables.</summary>
    private void Tell(OtlpExporterOptions exporter, Uri endpoint)
    {
        if (!settings.EndpointIsTold)
            return;
        exporter.Endpoint = endpoint;
        exporter.Protocol = settings.Otlp.Protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
    }

    private sealed class Joined(Action leave) : IDisposable
    {
        private Action? leave = leave;

        public void Dispose() => Interlocked.Exchange(ref leave, null)?.Invoke();
    }
}
