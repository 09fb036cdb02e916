using System.Diagnostics;
using System.Globalization;
using Serilog;
using Serilog.Core;
using SparkObs.IntegrationTests.Faults;
using SparkObs.IntegrationTests.Harness;
using SparkObs.Spark.Logging;
using SparkObs.Spark.Tests.Bridge;
using SparkObs.Spark.Tracing;

namespace SparkObs.IntegrationTests;

/// <summary>Logs as a real Loki reads them, and a disk that is really full.</summary>
public sealed class LokiTests : IDisposable
{
    private static readonly string[] ShownLabels = ["detected_level", "k8s_pod_name", "service_name", "trace_id", "span_id", "severity_text", "Table", "Rows", "exception_type", "exception_message", "spark_app_id", "message_template_text"];
    private readonly string folder = Directory.CreateTempSubdirectory("sparkobs-logs-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [ToolboxFact]
    public async Task Json_reads_the_fields_of_the_lines()
    {
        await using var loki = await LokiServer.StartAsync();
        var file = Path.Combine(folder, "app.clef");
        var (trace, span, alone) = Log(new LogSettings { File = file, InformationRate = 1, Resource = Resource() });
        await loki.PushAsync("driver", File.ReadAllLines(file));

        var all = await loki.QueryAsync("""{job="driver"} | json""", 3);
        Assert.Equal(
            [
                ("Read {Rows} rows of {Table}", "", trace, span, "12", "orders", "app-1", "daily", "driver-7", "etl", "node-1"),
                ("Cannot read {Table}", "Error", trace, span, "", "orders \"2\"", "app-1", "daily", "driver-7", "etl", "node-1"),
                ("outside", "Warning", alone.Trace, alone.Span, "", "", "app-1", "daily", "driver-7", "etl", "node-1"),
            ],
            all.Select(line => (
                line.Labels["_mt"], Label(line, "_l"), line.Labels["_tr"], line.Labels["_sp"], Label(line, "Rows"), Label(line, "Table"), line.Labels["resource_spark_app_id"],
                line.Labels["resource_service_name"], line.Labels["resource_k8s_pod_name"], line.Labels["resource_k8s_namespace_name"], line.Labels["resource_k8s_node_name"])));
        Assert.DoesNotContain(all, line => line.Labels.ContainsKey("__error__"));
        Assert.Equal("InvalidOperationException", all[1].Labels["_x"].Split(':')[0].Split('.')[1]);
        Assert.Equal(2, (await loki.QueryAsync($$"""{job="driver"} | json | _tr="{{trace}}" | resource_k8s_pod_name="driver-7" """, 2)).Count);
    }

    [ToolboxFact]
    public async Task Otlp_logs_arrive_with_trace_and_span()
    {
        await using var loki = await LokiServer.StartAsync();
        var otlp = LogSettings.Read(new(), name => name switch
        {
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT" => loki.OtlpLogsEndpoint,
            "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL" => "http/protobuf",
            _ => null,
        }).Otlp;
        var notices = new List<string>();
        var (trace, span, alone) = Log(new LogSettings { File = Path.Combine(folder, "app.clef"), InformationRate = 1, Resource = Resource(), Otlp = otlp, Notice = notices.Add });
        Assert.Empty(notices);

        var records = await loki.QueryAsync("""{service_name="daily"}""", 3);
        string Shown((string Line, IReadOnlyDictionary<string, string> Labels) record) =>
            string.Join(' ', ShownLabels.Where(record.Labels.ContainsKey).Select(name => $"{name}={record.Labels[name]}"));
        const string app = "k8s_pod_name=driver-7 service_name=daily";
        Assert.Equal(
            [
                ("Read 12 rows of \"orders\"", $"detected_level=info {app} trace_id={trace} span_id={span} severity_text=Information Table=orders Rows=12 spark_app_id=app-1 message_template_text=Read {{Rows}} rows of {{Table}}"),
                ("Cannot read \"orders \\\"2\\\"\"", $"detected_level=error {app} trace_id={trace} span_id={span} severity_text=Error Table=orders \"2\" exception_type=System.InvalidOperationException exception_message=no such table spark_app_id=app-1 message_template_text=Cannot read {{Table}}"),
                ("outside", $"detected_level=warn {app} trace_id={alone.Trace} span_id={alone.Span} severity_text=Warning spark_app_id=app-1 message_template_text=outside"),
            ],
            records.Select(record => (record.Line, Shown(record))));
        Assert.Equal(2, (await loki.QueryAsync($$"""{service_name="daily"} | trace_id="{{trace}}" """, 2)).Count);
    }

    [ToolboxFact]
    public void A_full_disk_costs_lines_that_are_counted_and_told_and_nothing_else()
    {
        using var disk = TinyDisk.Mount(folder, megabytes: 1);
        var notices = new List<string>();
        var file = Path.Combine(folder, "app.clef");
        var ballast = Path.Combine(folder, "ballast");
        var time = new ManualTime();
        var output = new LineOutput(new LogFile(file, 64 * 1024 * 1024, 10), Resource(), new LogTally("file", notices.Add), time);
        using (var queue = new LogQueue(output, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)))
        using (var logger = new LoggerConfiguration().WriteTo.Sink(new Adding(queue)).CreateLogger())
        {
            void Write(int from, int to)
            {
                for (var i = from; i < to; i++)
                    logger.Warning("Line {Line}", i);
                Assert.True(queue.Flush(TimeSpan.FromMinutes(1)));
            }

            File.WriteAllBytes(ballast, new byte[700 * 1024]);
            Write(0, 4_000);
            Assert.InRange(output.Tally.Dropped, 1, 3_999);
            File.Delete(ballast);
            time.Advance(LineOutput.SettlesAfter);
            Write(4_000, 5_000);
        }
        Assert.Equal(5_000, output.Tally.Written + output.Tally.Dropped);
        Assert.Equal(
            [$"{file} takes no log lines (No space left on device : '{file}'); they are lost until it does.", string.Create(CultureInfo.InvariantCulture, $"{file} takes log lines again; {output.Tally.Dropped} were lost.")],
            notices);
        var lines = File.ReadAllLines(file).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("Line").GetInt32()).ToList();
        Assert.Equal(output.Tally.Written, lines.Count);
        Assert.Equal(lines.Distinct().Order(), lines);
        Assert.Equal(Enumerable.Range(4_000, 1_000), lines.Where(line => line >= 4_000));
    }

    /// <summary>Two events in an activity and one outside.</summary>
    private static (string Trace, string Span, (string Trace, string Span) Alone) Log(LogSettings settings)
    {
        using var logger = new LoggerConfiguration().WriteTo.Sink(new LogSink(settings)).CreateLogger();
        using var activity = new Activity("report").Start();
        logger.Information("Read {Rows} rows of {Table}", 12, "orders");
        logger.Error(new InvalidOperationException("no such table"), "Cannot read {Table}", "orders \"2\"");
        activity.Stop();
        logger.Warning("outside");
        return (activity.TraceId.ToHexString(), activity.SpanId.ToHexString(), ("0102030405060708090a0b0c0d0e0f10", "1112131415161718"));
    }

    private static LogResource Resource() => new(
        new PodInfo { Pod = "driver-7", Namespace = "etl", Node = "node-1", Container = "main" }, null, [],
        static () => Application);

    private static readonly RunningApplication Application = new(
        "app-1", "daily", new Traceparent(new TraceId(0x0102030405060708, 0x090a0b0c0d0e0f10), new SpanId(0x1112131415161718), Sampled: true));

    private static string Label((string Line, IReadOnlyDictionary<string, string> Labels) line, string name) => line.Labels.GetValueOrDefault(name) ?? "";

    private sealed class Adding(LogQueue queue) : ILogEventSink
    {
        public void Emit(Serilog.Events.LogEvent logEvent) => queue.TryAdd(logEvent);
    }
}
