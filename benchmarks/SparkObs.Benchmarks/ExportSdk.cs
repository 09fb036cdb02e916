using System.Diagnostics;
using System.Threading.Channels;
using OpenTelemetry;
using OpenTelemetry.Exporter;

namespace SparkObs.Benchmarks;

/// <summary>
/// The same spans through OpenTelemetry's SDK: Activities, its OTLP exporter, and a processor that loses none: batches in a bounded
/// channel, two senders.
/// </summary>
internal static class ExportSdk
{
    private const int BatchSpans = 512, Senders = 2;

    private static readonly ActivitySource Source = new("SparkObs.Spark");
    private static readonly ActivityContext Parent = new(
        ActivityTraceId.CreateFromString("4bf92f3577b34da6a3ce929d0e0e4736"), ActivitySpanId.CreateFromString("0000000000abcdef"),
        ActivityTraceFlags.Recorded);

    static ExportSdk() => ActivitySource.AddActivityListener(new ActivityListener
    {
        ShouldListenTo = source => source.Name == Source.Name,
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
    });

    public static Activity[] MakeActivities(int count, int first = 0)
    {
        var activities = new Activity[count];
        for (var i = 0; i < count; i++)
            activities[i] = Make(first + i);
        return activities;
    }

    /// <summary>Sends so many spans: made on the way, or always the same ones if <paramref name="made"/> is given.</summary>
    public static async Task RunAsync(OtlpExportProtocol protocol, Uri endpoint, int spans, Activity[]? made)
    {
        using var exporter = new OtlpTraceExporter(new OtlpExporterOptions { Protocol = protocol, Endpoint = endpoint });
        using var second = new OtlpTraceExporter(new OtlpExporterOptions { Protocol = protocol, Endpoint = endpoint });
        var queue = Channel.CreateBounded<Activity[]>(8);
        var senders = new[] { exporter, second }.Take(Senders).Select(e => Task.Factory.StartNew(() => Send(queue.Reader, e), TaskCreationOptions.LongRunning)).ToArray();
        for (var first = 0; first < spans; first += BatchSpans)
            await queue.Writer.WriteAsync(made ?? MakeActivities(Math.Min(BatchSpans, spans - first), first));
        queue.Writer.Complete();
        await Task.WhenAll(senders);
    }

    private static void Send(ChannelReader<Activity[]> batches, OtlpTraceExporter exporter)
    {
        while (batches.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (batches.TryRead(out var batch))
            {
                while (exporter.Export(new Batch<Activity>(batch, batch.Length)) != ExportResult.Success)
                {
                }
            }
        }
    }

    private static Activity Make(int i)
    {
        var activity = Source.CreateActivity("task", ActivityKind.Internal, Parent)!;
        activity.SetStartTime(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000 + i).UtcDateTime);
        ExportSpans.Set(i, activity, static (a, key, value) => a.AddTag(key.Name, value), static (a, key, value) => a.AddTag(key.Name, value),
            static (a, key, value) => a.AddTag(key.Name, value), static (a, key, value) => a.AddTag(key.Name, value));
        activity.SetEndTime(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_731 + i).UtcDateTime);
        activity.Stop();
        return activity;
    }
}
