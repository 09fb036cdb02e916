using System.Diagnostics;
using System.Globalization;
using OpenTelemetry.Exporter;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Benchmarks;

/// <summary>
/// Built spans to a collector that discards, ours against OpenTelemetry's exporter, in one run: spans a second, this process's CPU
/// and allocation a span. Rounds alternate, medians count, ratios matter.
/// </summary>
internal static class ExportComparison
{
    private const int BatchSpans = 512;

    /// <summary><c>export [--spans n] [--rounds n]</c>; <c>export --server</c> is the collector, started by the former.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Contains("--server"))
        {
            await ExportDiscard.ServeAsync();
            return 0;
        }
        var spans = Option(args, "--spans", 300_000);
        var rounds = Option(args, "--rounds", 5);
        using var collector = ExportDiscard.Start();
        var sdkSpans = ExportSdk.MakeActivities(BatchSpans);
        (string Name, Func<Task> Run)[] contenders =
        [
            ("SparkObs, HTTP", () => SinkAsync(OtlpProtocol.HttpProtobuf, collector.Http, spans)),
            ("SparkObs, gRPC", () => SinkAsync(OtlpProtocol.Grpc, collector.Grpc, spans)),
            ("SDK, HTTP", () => ExportSdk.RunAsync(OtlpExportProtocol.HttpProtobuf, collector.Http, spans, null)),
            ("SDK, gRPC", () => ExportSdk.RunAsync(OtlpExportProtocol.Grpc, collector.Grpc, spans, null)),
            ("SDK, HTTP, Activities made before", () => ExportSdk.RunAsync(OtlpExportProtocol.HttpProtobuf, collector.Http, spans, sdkSpans)),
        ];
        var measures = contenders.Select(_ => new List<Measure>()).ToArray();
        foreach (var contender in contenders)
            await contender.Run();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < contenders.Length; i++)
                measures[i].Add(await MeasureAsync(contenders[i].Run, spans));
        }
        Print(contenders.Select(c => c.Name).ToArray(), measures.Select(Median).ToArray());
        PrintEncoding();
        return 0;
    }

    private static async Task SinkAsync(OtlpProtocol protocol, Uri endpoint, int spans)
    {
        var pool = new SpanBatchPool();
        await using var sink = new OtlpSink(new OtlpOptions { Protocol = protocol, Endpoint = endpoint });
        for (var first = 0; first < spans; first += BatchSpans)
        {
            var batch = pool.Take();
            ExportSpans.Fill(batch, Math.Min(BatchSpans, spans - first), first);
            await sink.WriteAsync(batch, default);
        }
        await sink.FlushAsync(default);
        if (sink.Counts.Exported != spans)
            throw new InvalidOperationException($"{sink.Counts}");
    }

    private static async Task<Measure> MeasureAsync(Func<Task> run, int spans)
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        var (cpu, allocated, watch) = (process.TotalProcessorTime, GC.GetTotalAllocatedBytes(true), Stopwatch.StartNew());
        await run();
        watch.Stop();
        process.Refresh();
        return new Measure(
            spans / watch.Elapsed.TotalSeconds,
            (process.TotalProcessorTime - cpu).TotalMicroseconds / spans,
            (double)(GC.GetTotalAllocatedBytes(true) - allocated) / spans);
    }

    private static Measure Median(List<Measure> measures) => new(
        Middle(measures.Select(m => m.SpansPerSecond)), Middle(measures.Select(m => m.CpuMicroseconds)), Middle(measures.Select(m => m.Bytes)));

    private static double Middle(IEnumerable<double> values) => values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;

    private static void Print(string[] names, Measure[] medians)
    {
        Line($"{"",-36}{"spans/s",12}{"CPU µs/span",14}{"bytes/span",12}{"speed",8}{"CPU",8}");
        for (var i = 0; i < names.Length; i++)
        {
            var (m, first) = (medians[i], medians[0]);
            Line($"{names[i],-36}{m.SpansPerSecond,12:N0}{m.CpuMicroseconds,14:0.00}{m.Bytes,12:N0}{m.SpansPerSecond / first.SpansPerSecond,8:0.00}{m.CpuMicroseconds / first.CpuMicroseconds,8:0.00}");
        }
    }

    private static void PrintEncoding()
    {
        var encoding = new ExportEncoding();
        Line($"{"Encoding alone, one core",-36}{"spans/s",12}{"MB/s",14}{"bytes/span",12}");
        foreach (var (name, encode) in new (string, Func<int>)[]
                 { ("protobuf", encoding.Protobuf), ("OTLP/JSON", encoding.Json), ("OTLP/JSON by Utf8JsonWriter", encoding.JsonByUtf8JsonWriter) })
        {
            const int repeats = 300;
            var seconds = Middle(Enumerable.Range(0, 7).Select(_ =>
            {
                var watch = Stopwatch.StartNew();
                for (var i = 0; i < repeats; i++)
                    encode();
                return watch.Elapsed.TotalSeconds;
            }));
            var spans = (double)repeats * ExportEncoding.Spans;
            Line($"{name,-36}{spans / seconds,12:N0}{repeats * (double)encode() / seconds / 1e6,14:N0}{(double)encode() / ExportEncoding.Spans,12:N0}");
        }
    }

    private static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static int Option(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is var at and >= 0 ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;

    private sealed record Measure(double SpansPerSecond, double CpuMicroseconds, double Bytes);
}
