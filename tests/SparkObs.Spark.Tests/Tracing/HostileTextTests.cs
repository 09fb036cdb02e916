using System.Text;
using System.Text.Json;
using SparkObs.Spark.Events;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

public class HostileTextTests
{
    private const string Secret = "hunter2Xyz";
    private const string Text = $"read jdbc:postgresql://ann:{Secret}@db/orders with password={Secret}, Authorization: Bearer {Secret}abcdef and \"secret\": \"{Secret}\"";

    private static readonly SqlPlan Plan = new() { Text = Text, NodeCount = 1, Nodes = [new SqlPlanNode(0, "Scan", "Scan JDBCRelation " + Text, [])] };

    [Fact]
    public void Secrets_are_in_no_span()
    {
        var stage = Some.Stage(0, name: "save at job.py:3 " + Text);
        var failure = new TaskFailure { Reason = TaskEndReason.ExceptionFailure, ReasonName = "ExceptionFailure", ExceptionClass = "A", Message = Text, StackTrace = Text + "\n\tat A.b(A.java:1)\nCaused by: B: " + Text };
        var properties = new JobProperties { ExecutionId = 0, JobGroup = Text, Description = Text, Tags = "a " + Text, Pool = Text, CallSite = Text };
        var trace = Trace.OfEvents([
            new EnvironmentUpdate { SparkProperties = new() { ["spark.master"] = Text, ["spark.submit.deployMode"] = Text, ["spark.my.password"] = Secret } },
            new ApplicationStart { AppId = "app-1", AppName = Text, User = Text, Time = Some.T0 },
            new SqlExecutionStart { ExecutionId = 0, Time = Some.T0, Description = Text, Plan = Plan, JobGroup = Text, JobTags = [Text] }, new SqlPlanUpdate { ExecutionId = 0, Plan = Plan },
            Some.Job(0, 1, [stage], properties), Some.Submitted(stage, 2), Some.TaskEnd(0, 0, 3, 4, failure: failure), Some.TaskEnd(1, 0, 3, 4, failure: new TaskFailure { Reason = TaskEndReason.TaskKilled, Message = Text }),
            Some.Completed(stage, 2, 5, Text), Some.JobEnd(0, 6, Text), Some.SqlEnd(0, 7, Text),
            Some.Operation(ConnectPhase.Started, "op", 8, statement: "sql { x: \"" + Text + "\" }", tags: Text), Some.Operation(ConnectPhase.Failed, "op", 9, Text),
            new QueryStarted { Id = "a", RunId = "b", Name = Text, Time = Some.T0 }, Some.Sql(1, 8, description: Some.BatchDescription("a", "b", 0)), Some.SqlEnd(1, 9, Text),
            new QueryProgress
            {
                Id = "c", RunId = "d", Name = Text, BatchId = 0, Time = Some.T0, Phases = [new("addBatch", 1)], Sink = Text, Watermark = Text,
                Sources = [new StreamSource(Text, 1, Text, Text, 1, 1)],
            },
            new QueryTerminated { Id = "a", RunId = "b", Exception = Text }, new ExecutorRemoved { Time = Some.T0, ExecutorId = "1", Reason = Text }, Some.End()]);
        TraceRules.AssertHold(trace);
        Assert.Equal(10, trace.Spans.Count);
        Assert.DoesNotContain(trace.Spans.SelectMany(Texts).Concat(Values(trace.Resource)), text => text.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Control_characters_and_broken_text_give_valid_json()
    {
        var line = "{\"Event\":\"SparkListenerApplicationStart\",\"App Name\":\"a"u8.ToArray().Concat(new byte[] { 0xFF, 0xC3 }).Concat("\\u0000\\u001b\\uD800\\n\",\"App ID\":\"x\",\"User\":\"u\\u0007\",\"Timestamp\":1}"u8.ToArray()).ToArray();
        var events = new List<SparkEvent>();
        Assert.Equal(LineOutcome.Event, new EventReader().Read(line, out var start));
        events.Add(start!);
        events.Add(Some.Sql(0, 1, description: "tab\tbell\u0007 null\0 lone \uD800 end at job.py:3"));

        var builder = new TraceBuilder(new TraceOptions(), new SpanBatchPool());
        foreach (var e in events)
            builder.Add(e);
        builder.Complete();
        using var json = new MemoryStream();
        await using var sink = new OtlpJsonSink(json);
        await sink.WriteAsync(builder.TakeBatch()!, default);

        var spans = JsonDocument.Parse(json.ToArray()).RootElement.GetProperty("resourceSpans")[0].GetProperty("scopeSpans")[0].GetProperty("spans");
        Assert.Equal(["sql", "application"], spans.EnumerateArray().Select(span => span.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task A_line_of_10_MB_is_told_and_the_rest_read()
    {
        var log = Encoding.UTF8.GetBytes(
            "{\"Event\":\"SparkListenerApplicationStart\",\"App Name\":\"a\",\"App ID\":\"x\",\"Timestamp\":1}\n"
            + "{\"Event\":\"SparkListenerJobStart\",\"Job ID\":0,\"Submission Time\":2,\"x\":\"" + new string('x', 10_000_000) + "\"}\n"
            + "{\"Event\":\"SparkListenerApplicationEnd\",\"Timestamp\":9}\n");
        var trace = await Trace.OfStreamAsync(new MemoryStream(log));
        TraceRules.AssertHold(trace);
        Assert.Equal((1L, 9L), (trace.Application.StartMs, trace.Application.EndMs));
    }

    [Fact]
    public void Long_names_are_cut_and_stay_out_of_span_names()
    {
        var name = string.Concat(Enumerable.Repeat("é", 50_000)) + " at job.py:3";
        var stage = Some.Stage(0, name: name);
        var trace = Trace.OfEvents([
            new ApplicationStart { AppId = "x", AppName = name, Time = Some.T0 }, Some.Sql(0, 1, description: name, tags: [name, name + "b"]),
            Some.Job(0, 1, [stage], new JobProperties { ExecutionId = 0, CallSite = name, JobGroup = name, Tags = name }), Some.Submitted(stage, 2), Some.Completed(stage, 2, 3, name), Some.JobEnd(0, 4, name), Some.SqlEnd(0, 5, name), Some.End()]);
        TraceRules.AssertHold(trace);
        Assert.Equal(["application", "job", "sql", "stage"], trace.Spans.Select(span => span.Name).Order());
        Assert.All(trace.Spans.SelectMany(Texts).Concat(Values(trace.Resource)), text => Assert.InRange(Encoding.UTF8.GetByteCount(text), 0, EventLimits.Message));
        Assert.All(trace.Spans.SelectMany(span => span.Attributes).Select(attribute => attribute.Value).OfType<string[]>().SelectMany(list => list), text => Assert.InRange(Encoding.UTF8.GetByteCount(text), 0, EventLimits.NameInList));
    }

    [Fact]
    public void Of_a_job_with_5000_stages_those_beyond_the_limit_stand_where_their_properties_say()
    {
        var stages = Enumerable.Range(0, 5_000).Select(id => Some.Stage(id)).ToArray();
        var job = new JobStart { JobId = 0, Time = Some.T0, Stages = stages[..EventLimits.StagesOfJob], StageCount = 5_000, Properties = new JobProperties { ExecutionId = 0 } };
        var trace = Trace.OfEvents([
            .. Some.Start(), Some.Sql(0, 1), job, .. stages.SelectMany(stage => new SparkEvent[] { Some.Submitted(stage, 2, job.Properties), Some.Completed(stage, 2, 3) }), Some.JobEnd(0, 4), Some.SqlEnd(0, 5), Some.End()]);
        TraceRules.AssertHold(trace);
        Assert.Equal(5_003, trace.Spans.Count);
        TestSpan jobSpan = trace.Spans.Single(span => span.Is(SpanNames.Job)), sql = trace.Spans.Single(span => span.Is(SpanNames.Sql));
        Assert.Equal((2_000, 3_000), (trace.Spans.Count(span => span.Parent == jobSpan.Id), trace.Spans.Count(span => span.Parent == sql.Id && span.Is(SpanNames.Stage))));
        Assert.Equal((5_000L, 0L), (jobSpan[SparkAttributes.JobStages], jobSpan[SparkAttributes.JobStagesSkipped]));
    }

    [Fact]
    public void Of_a_plan_of_5000_nodes_the_first_1000_are_shown_and_all_counted()
    {
        var node = string.Concat(Enumerable.Repeat("{\"nodeName\":\"N\",\"simpleString\":\"N " + new string('x', 2_000) + "\",\"metrics\":[{\"name\":\"rows\",\"accumulatorId\":1,\"metricType\":\"sum\"}],\"children\":[", 5_000));
        var line = "{\"Event\":\"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart\",\"executionId\":0,\"time\":5,\"sparkPlanInfo\":" + node + string.Concat(Enumerable.Repeat("]}", 5_000)) + "}";
        Assert.Equal(LineOutcome.Event, new EventReader().Read(Encoding.UTF8.GetBytes(line), out var start));
        var trace = Trace.OfEvents([.. Some.Start(), start!, new DriverAccumUpdates { ExecutionId = 0, Updates = [new AccumulatorValue(1, 3)] }, Some.SqlEnd(0, 9), Some.End()]);
        var sql = trace.Spans.Single(span => span.Is(SpanNames.Sql));
        var nodes = Assert.IsType<string[]>(sql[SparkAttributes.SqlPlanNodes]);
        Assert.Equal((5_000L, 1_000), (sql[SparkAttributes.SqlPlanNodeCount], nodes.Length));
        Assert.StartsWith("N {rows: 3} xxx", nodes[0], StringComparison.Ordinal);
        Assert.All(nodes, text => Assert.InRange(Encoding.UTF8.GetByteCount(text), 0, EventLimits.PlanNode));
    }

    private static IEnumerable<string> Texts(TestSpan span) =>
        [span.Name, span.StatusMessage ?? "", .. Values(span.Attributes), .. span.Events.SelectMany(e => Values(e.Attributes).Append(e.Name)), .. span.Links.SelectMany(link => Values(link.Attributes))];

    private static IEnumerable<string> Values(IEnumerable<KeyValuePair<string, object>> attributes) =>
        attributes.SelectMany(attribute => attribute.Value switch { string text => [text], string[] list => list, _ => (string[])[] });
}
