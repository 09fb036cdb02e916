using System.Text;
using CsCheck;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Events;

public sealed class HostileLineTests
{
    [Theory]
    [InlineData("", "The input does not contain any JSON tokens")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{}", "no \"Event\" field")]
    [InlineData("{\"Event\":null}", "no \"Event\" field")]
    [InlineData("{\"Event\":\"SparkListenerJobEnd\",\"Completion Time\":1}", "no valid \"Job ID\"")]
    [InlineData("{\"Event\":\"SparkListenerJobEnd\",\"Job ID\":\"1\",\"Completion Time\":1}", "no valid \"Job ID\"")]
    [InlineData("{\"Event\":\"SparkListenerJobEnd\",\"Job ID\":99999999999,\"Completion Time\":1}", "no valid \"Job ID\"")]
    [InlineData("{\"Event\":\"SparkListenerJobEnd\",\"Job ID\":1,\"Completion Time\":NaN}", "'N' is an invalid start of a value")]
    [InlineData("{\"Event\":\"SparkListenerJobEnd\",\"Job ID\":1,\"Completion Time\":1}{", "'{' is invalid after a single JSON value")]
    [InlineData("{\"Event\":\"SparkListenerJobEnd\",\"Job ID\":1,\"Completion Time\":1", "'1' is an invalid end of a number")]
    [InlineData("{\"Event\":\"SparkListenerJobEnd\",\"Job ID\":1,\"Completion Time\":1 ", "Expected depth to be zero")]
    [InlineData("{\"Event\":\"SparkListenerJobEnd\",\"Job Result\":{\"Result\":[1,2", "the line ends in the middle of a value")]
    [InlineData("{\"Event\":\"SparkListenerUnknown\",\"a\":{\"b", "the line ends in the middle of a value")]
    [InlineData("{\"Event\":\"SparkListenerTaskStart\",\"Stage ID\":1,\"Task Info\":null}", "no valid \"Task Info\"")]
    [InlineData("{\"Event\":\"SparkListenerStageCompleted\",\"Stage Info\":[1]}", "no valid \"Stage Info\"")]
    [InlineData("{\"Event\":\"SparkListenerLogStart\",\"Spark Version\":\"3\u0001\"}", "is invalid within a JSON string")]
    public void A_line_that_is_no_event_says_why(string line, string problem)
    {
        var reader = new EventReader();

        Assert.Equal(LineOutcome.Unreadable, reader.Read(Encoding.UTF8.GetBytes(line), out var e));

        Assert.Null(e);
        Assert.Contains(problem, reader.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"Event\":\"SparkListenerUnknown\",\"a\":{\"b\":[1,{}]}}")]
    [InlineData("{\"Event\":\"com.example.SparkListenerJobEnd\",\"Job ID\":1}")]
    [InlineData("{\"SparkObsSeq\":3,\"Event\":\"SparkObsHello\"}")]
    public void An_event_of_no_use_is_ignored(string line)
    {
        Assert.Equal(LineOutcome.Ignored, new EventReader().Read(Encoding.UTF8.GetBytes(line), out var e));
        Assert.Null(e);
    }

    [Theory]
    [InlineData("{\"Event\":\"SparkListenerJobEnd\",\"Job ID\":7,\"Completion Time\":1}")]
    [InlineData("{\"SparkObsSeq\":1,\"Event\":\"SparkListenerJobEnd\",\"Job ID\":7,\"Completion Time\":1}")]
    [InlineData("{\"Job ID\":7,\"Event\":\"SparkListenerJobEnd\",\"Completion Time\":1}")]
    [InlineData("{\"Job ID\":7,\"Job Result\":{\"Event\":\"x\"},\"Completion Time\":1,\"Event\":\"SparkListenerJobEnd\"}\r")]
    [InlineData(" { \"\\u0045vent\" : \"SparkListenerJobEnd\", \"J\\u006fb ID\" : 7 , \"Completion Time\":1 } ")]
    public void The_events_name_may_stand_anywhere(string line)
    {
        Assert.Equal(LineOutcome.Event, new EventReader().Read(Encoding.UTF8.GetBytes(line), out var e));
        Assert.Equal(7, Assert.IsType<JobEnd>(e).JobId);
    }

    [Fact]
    public void Wrong_types_are_absent()
    {
        var start = Read<SqlExecutionStart>("""
            {"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart","executionId":1,"rootExecutionId":"1",
            "description":{"a":1},"physicalPlanDescription":[1],"sparkPlanInfo":null,"time":5,"jobTags":[1,{"a":[]},"x"],"jobGroupId":1.5}
            """);

        Assert.Equivalent(new SqlExecutionStart { ExecutionId = 1, Time = 5, JobTags = ["x"], Plan = SqlPlan.None }, start, strict: true);
    }

    [Fact]
    public void Broken_text_is_replaced_and_the_line_kept()
    {
        byte[] line = [.. "{\"Event\":\"SparkListenerApplicationStart\",\"App Name\":\"a"u8, 0xFF, 0xC3, .. "\",\"User\":\"\\uD800x\\n\\uD83D\\uDE00\\uDC00\",\"Timestamp\":1}"u8];

        Assert.Equal(LineOutcome.Event, new EventReader().Read(line, out var e));

        var start = Assert.IsType<ApplicationStart>(e);
        Assert.Equal(("a\uFFFD\uFFFD", "\uFFFDx\n\U0001F600\uFFFD"), (start.AppName, start.User));
    }

    [Theory]
    [InlineData("é")]
    [InlineData("\\u00e9")]
    [InlineData("\\n")]
    [InlineData("\U0001F600")]
    public void A_text_is_cut_at_a_code_point(string unit)
    {
        const int limit = EventLimits.Message + EventLimits.RedactionMargin;
        var text = "x" + string.Concat(Enumerable.Repeat(unit, 30_000));
        var removed = Read<ExecutorRemoved>(
            $"{{\"Event\":\"SparkListenerExecutorRemoved\",\"Timestamp\":1,\"Executor ID\":\"1\",\"Removed Reason\":\"{text}\"}}");

        var bytes = Encoding.UTF8.GetByteCount(removed.Reason!);
        Assert.InRange(bytes, limit - 3, limit);
        var plain = System.Text.Json.JsonDocument.Parse($"\"{text}\"").RootElement.GetString()!;
        Assert.StartsWith(removed.Reason!, plain, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_nested_deeper_than_the_stack_is_read_to_its_limit()
    {
        const int depth = 200_000;
        var plan = string.Concat(Enumerable.Repeat("{\"nodeName\":\"N\",\"children\":[", depth)) + string.Concat(Enumerable.Repeat("]}", depth));
        var update = Read<SqlPlanUpdate>(
            $"{{\"Event\":\"org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate\",\"executionId\":1,\"sparkPlanInfo\":{plan}}}");

        Assert.Equal((depth, EventLimits.PlanNodes), (update.Plan.NodeCount, update.Plan.Nodes.Count));
        Assert.Equal(EventLimits.PlanNodes - 1, update.Plan.Nodes[^1].Depth);
    }

    [Fact]
    public void Nesting_without_end_is_unreadable()
    {
        var line = "{\"Event\":\"SparkListenerJobEnd\",\"x\":" + new string('[', 3_000_000);
        Assert.Equal(LineOutcome.Unreadable, new EventReader().Read(Encoding.UTF8.GetBytes(line), out _));
        line = "{\"Event\":\"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart\",\"sparkPlanInfo\":"
            + string.Concat(Enumerable.Repeat("{\"children\":[", 1_000_000));
        Assert.Equal(LineOutcome.Unreadable, new EventReader().Read(Encoding.UTF8.GetBytes(line), out _));
    }

    [Fact]
    public void Of_many_stages_the_first_are_kept_and_all_counted()
    {
        var stages = string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"{{\"Stage ID\":{i},\"RDD Info\":[{{\"RDD ID\":{i},\"x\":[1]}},{{}}]}}"));
        var start = Read<JobStart>($"{{\"Event\":\"SparkListenerJobStart\",\"Job ID\":1,\"Submission Time\":2,\"Stage Infos\":[{stages}]}}");

        Assert.Equal(5_000, start.StageCount);
        Assert.Equal(Enumerable.Range(0, EventLimits.StagesOfJob).Select(i => (i, (int?)i)), start.Stages.Select(s => (s.StageId, s.RddId)));
    }

    [LogFact]
    public void Mutated_lines_never_throw()
    {
        var lines = new[] { "4.3.0/failures", "4.3.0/sql-aqe", "3.0.3/streaming", "4.3.0/connect" }
            .SelectMany(TestLogs.Lines).GroupBy(l => Encoding.UTF8.GetString(l.AsSpan(0, Math.Min(l.Length, 70)))).Select(g => g.First()).ToArray();
        var reader = new EventReader();
        var mutation = Gen.Select(Gen.Int[0, lines.Length - 1], Gen.Select(Gen.Int[0, 1_000_000], Gen.Byte, Gen.Int[0, 2]).Array[1, 8]);

        mutation.Sample((index, edits) =>
        {
            var line = lines[index].ToList();
            foreach (var (position, value, kind) in edits)
            {
                var at = position % line.Count;
                if (kind == 0)
                    line[at] = value;
                else if (kind == 1)
                    line.Insert(at, value);
                else if (line.Count > 1)
                    line.RemoveRange(at, Math.Min(value, line.Count - at - (at == 0 ? 1 : 0)));
            }

            var outcome = reader.Read([.. line], out var e);
            return (outcome == LineOutcome.Event) == (e is not null) && (outcome == LineOutcome.Unreadable) == (reader.Problem is not null);
        }, iter: 5_000, threads: 1);
    }

    private static T Read<T>(string line)
        where T : SparkEvent
    {
        var reader = new EventReader();
        Assert.True(reader.Read(Encoding.UTF8.GetBytes(line), out var e) == LineOutcome.Event, reader.Problem);
        return Assert.IsType<T>(e);
    }
}
