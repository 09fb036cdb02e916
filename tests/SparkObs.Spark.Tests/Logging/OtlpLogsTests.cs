using System.Diagnostics;
using Grpc.Core;
using Serilog.Events;
using SparkObs.Spark.Export;
using SparkObs.Spark.Logging;
using SparkObs.Spark.Tests.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Logging;

public class OtlpLogsTests
{
    private static readonly RunningApplication Application = new("app-1", "report", new Traceparent(new TraceId(1, 2), new SpanId(3), Sampled: true));
    private static readonly LogResource Resource = LogEvents.Resource(Application, ("POD_NAME", "driver-7"));
    private static readonly string Scope = $"SparkObs.Spark {OtlpScope.Version}";

    [Fact]
    public void A_record_has_all_that_the_event_has()
    {
        LogEvent[] events =
        [
            LogEvents.Of(LogEventLevel.Error, "{A} failed", new InvalidOperationException("why"), ActivityTraceId.CreateFromString("0af7651916cd43dd8448eb211c80319c"), ActivitySpanId.CreateFromString("b7ad6b7169203331"),
                new("A", new ScalarValue("ä")),
                new("I", new ScalarValue(-5)), new("L", new ScalarValue(long.MaxValue)), new("U", new ScalarValue(ulong.MaxValue)), new("D", new ScalarValue(1.5)), new("M", new ScalarValue(2.50m)),
                new("B", new ScalarValue(true)), new("N", new ScalarValue(null)), new("T", new ScalarValue(new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc))),
                new("S", new SequenceValue([new ScalarValue(1), new ScalarValue("x")])),
                new("O", new StructureValue([new("p", new ScalarValue(1)), new("q", new SequenceValue([]))])),
                new("K", new DictionaryValue([KeyValuePair.Create(new ScalarValue("k"), (LogEventPropertyValue)new ScalarValue(false))]))),
            LogEvents.Of(LogEventLevel.Verbose, "alone"),
        ];
        var (resource, scope, records) = Decode(events, Resource);
        Assert.Equal("service.name='report' spark.app.id='app-1' spark.app.name='report' k8s.pod.name='driver-7' service.instance.id='app-1'", resource);
        Assert.Equal(Scope, scope);
        Assert.Equal(
            [
                "time=1795771230123000000 severity=17 Error body='ä failed' message_template.text='{A} failed' A='ä' I=-5 L=9223372036854775807 U='18446744073709551615' D=1.5 M='2.50' B=true N=null " +
                "T='2026-01-02T03:04:05.0000000Z' S=[1 'x'] O={p=1 q=[]} K={k=false} exception.type='System.InvalidOperationException' exception.message='why' " +
                "exception.stacktrace='System.InvalidOperationException: why' trace=0af7651916cd43dd8448eb211c80319c span=b7ad6b7169203331 observed=1795771230123000000",
                "time=1795771230123000000 severity=1 Verbose body='alone' message_template.text='alone' trace=00000000000000010000000000000002 span=0000000000000003 observed=1795771230123000000",
            ],
            records.Select(record => record.Replace("\"ä\"", "ä", StringComparison.Ordinal)));
        Assert.Equal([1, 5, 9, 13, 17, 21], Enum.GetValues<LogEventLevel>().Select(level => int.Parse(Decode([LogEvents.Of(level, "x")], Resource).Records[0].Split("severity=")[1].Split(' ')[0])));
    }

    [Fact]
    public void Without_an_application_there_are_no_ids()
    {
        var (resource, _, records) = Decode([LogEvents.Of(LogEventLevel.Information, "alone")], LogEvents.Resource());
        Assert.Equal("service.name='unknown_service:spark'", resource);
        Assert.Equal(["time=1795771230123000000 severity=9 Information body='alone' message_template.text='alone' observed=1795771230123000000"], records);
    }

    [Fact]
    public void Requests_are_bounded_and_halves_are_requests()
    {
        LogEvent[] events = [.. Enumerable.Range(0, 100).Select(i => LogEvents.Of(LogEventLevel.Information, "{I} {Text}", ("I", i), ("Text", new string('x', 1000))))];
        var counts = new LogTally("otlp", static _ => { });
        var seen = new List<string>();
        for (var next = 0; next < events.Length;)
        {
            var request = OtlpLogs.Encode(events, ref next, 16 * 1024, Resource.Current, counts);
            Assert.InRange(request.Length, 1, 16 * 1024);
            var (first, second) = request.Halve();
            Assert.Equal(request.SpanCount, first.SpanCount + second.SpanCount);
            seen.AddRange([.. LogRecordDecoder.Decode(first.Memory.ToArray()).Records, .. LogRecordDecoder.Decode(second.Memory.ToArray()).Records]);
        }
        Assert.Equal(Decode(events, Resource).Records, seen);
    }

    [Theory]
    [InlineData(OtlpProtocol.Grpc)]
    [InlineData(OtlpProtocol.HttpProtobuf)]
    internal async Task Records_arrive_and_are_sent_again_where_the_collector_was_away(OtlpProtocol protocol)
    {
        await using var collector = await MockCollector.StartAsync(protocol, signal: OtlpSignal.Logs);
        collector.Answer = (_, request) => request == 1 ? new Answer { Http = 503, Grpc = StatusCode.Unavailable } : Answer.Ok;
        var notices = new List<string>();
        var output = Output(collector, protocol, notices);
        using (var queue = new LogQueue(output, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)))
        {
            for (var i = 0; i < 1000; i++)
                Assert.True(queue.TryAdd(LogEvents.Of(LogEventLevel.Information, "{I}", ("I", i))));
        }
        Assert.Equal((1000, 0), (output.Tally.Written, output.Tally.Dropped));
        Assert.Equal(Enumerable.Range(0, 1000), collector.Confirmed.SelectMany(request => LogRecordDecoder.Decode(request.Body).Records).Select(record => int.Parse(record.Split(" I=")[1].Split(' ')[0])));
        Assert.Equal(2, notices.Count);
        Assert.Matches($"takes no log records \\({(protocol == OtlpProtocol.Grpc ? "gRPC Unavailable" : "HTTP 503")}.*\\); trying again\\.", notices[0]);
        Assert.EndsWith("takes log lines again; 0 were lost.", notices[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_collector_refuses_or_does_not_take_in_time_is_counted_and_told()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf, signal: OtlpSignal.Logs);
        collector.Answer = static (_, request) => request == 1 ? new Answer { Http = 400, Message = "no" } : Answer.Hang;
        var notices = new List<string>();
        var output = Output(collector, OtlpProtocol.HttpProtobuf, notices);
        using (var queue = new LogQueue(output, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(1)))
        {
            queue.TryAdd(LogEvents.Of(LogEventLevel.Information, "refused"));
            SpinWait.SpinUntil(() => output.Tally.Dropped == 1);
            for (var i = 0; i < 300; i++)
                queue.TryAdd(LogEvents.Of(LogEventLevel.Information, "late"));
        }
        Assert.Equal((0, 301), (output.Tally.Written, output.Tally.Dropped));
        Assert.Matches("refused log records for good \\(HTTP 400.*\\)\\.$", notices[0]);
        Assert.Equal("301 log lines for otlp were dropped; 301 since the start.", notices[^1]);
    }

    private static OtlpOutput Output(MockCollector collector, OtlpProtocol protocol, List<string> notices) => new(
        new OtlpOptions { Signal = OtlpSignal.Logs, Protocol = protocol, Endpoint = collector.Endpoint, Timeout = TimeSpan.FromSeconds(60) }, Resource, new LogTally("otlp", notices.Add));

    private static (string Resource, string Scope, List<string> Records) Decode(LogEvent[] events, LogResource resource)
    {
        var next = 0;
        var request = OtlpLogs.Encode(events, ref next, int.MaxValue, resource.Current, new LogTally("otlp", static _ => { }));
        Assert.Equal((events.Length, events.Length), (next, request.SpanCount));
        return LogRecordDecoder.Decode(request.Memory.ToArray());
    }
}
