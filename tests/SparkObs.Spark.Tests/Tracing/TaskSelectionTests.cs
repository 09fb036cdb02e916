using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

public class TaskSelectionTests
{
    private static readonly TaskFailure Failed = new() { Reason = TaskEndReason.ExceptionFailure, ReasonName = "ExceptionFailure", ExceptionClass = "A", Message = "b" };
    private static readonly TaskFailure Killed = new() { Reason = TaskEndReason.TaskKilled, ReasonName = "TaskKilled", Message = "another attempt succeeded" };

    [Fact]
    public void A_stage_of_200_tasks_keeps_them_all()
    {
        var trace = Stage(200, Enumerable.Range(0, 200).Select(i => Some.TaskEnd(i, 0, 10, 20)));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => (long)i), TaskIds(trace));
        Assert.Equal((null, null), (StageOf(trace)[SparkAttributes.TasksOmitted], trace.Application[SparkAttributes.TasksOmitted]));
    }

    [Fact]
    public void A_stage_of_5000_tasks_keeps_the_50_slowest_of_equals_those_with_lower_ids_and_exact_totals()
    {
        // Ten tasks of 100 ms; all others take 50.
        var tasks = Enumerable.Range(0, 5_000).Select(i => Some.TaskEnd(i, 0, 10, i % 500 == 499 ? 110 : 60)).Reverse();
        var trace = Stage(5_000, tasks);

        Assert.Equal(Enumerable.Range(0, 10).Select(i => 499L + (500 * i)).Concat(Enumerable.Range(0, 40).Select(i => (long)i)), TaskIds(trace));
        var stage = StageOf(trace);
        Assert.Equal(
            (5_000L, 5_000L, 4_950L, 4_950L, 0L, 0L, 0.05, 0.1, 2.0),
            ((long)stage[SparkAttributes.StageTasks]!, (long)stage[SparkAttributes.StageTasksSucceeded]!, (long)stage[SparkAttributes.TasksOmitted]!,
                (long)stage[SparkAttributes.TasksOmittedOrdinary]!, (long)stage[SparkAttributes.TasksOmittedNotable]!, (long)stage[SparkAttributes.TasksOmittedTrace]!,
                (double)stage[SparkAttributes.StageTaskDurationP50]!, (double)stage[SparkAttributes.StageTaskDurationMax]!, (double)stage[SparkAttributes.StageTaskDurationSkew]!));
        Assert.Equal(4_950L, trace.Application[SparkAttributes.TasksOmitted]);
        Assert.Equal((4_950L, 0L, 0L), (trace.Counters.TasksOrdinary, trace.Counters.TasksStageLimit, trace.Counters.TasksTraceLimit));
    }

    [Fact]
    public void Failed_killed_speculative_and_retried_tasks_are_written_at_once()
    {
        TaskEnd[] notable =
        [
            Some.TaskEnd(5, 0, 10, 11, failure: Failed), Some.TaskEnd(6, 0, 10, 11, failure: Killed), Some.TaskEnd(7, 0, 10, 11, speculative: true), Some.TaskEnd(8, 0, 10, 11, attempt: 1),
        ];
        var trace = Stage(5_000, [.. Enumerable.Range(100, 100).Select(i => Some.TaskEnd(i, 0, 10, 60)), .. notable]);
        Assert.Equal([5, 6, 7, 8, .. Enumerable.Range(100, 50).Select(i => (long)i)], TaskIds(trace));
    }

    [Fact]
    public void Of_notable_tasks_the_first_1000_are_kept()
    {
        var trace = Stage(5_000, Enumerable.Range(0, 1_500).Select(i => Some.TaskEnd(i, 0, 10, 20, failure: Failed)));
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => (long)i), TaskIds(trace));
        Assert.Equal((500L, 1_500L, 500L), ((long)StageOf(trace)[SparkAttributes.TasksOmittedNotable]!, (long)StageOf(trace)[SparkAttributes.StageTasksFailed]!, trace.Counters.TasksStageLimit));
    }

    [Theory]
    [InlineData(150)]
    [InlineData(5_000)]
    public void Beyond_the_traces_limit_only_failed_tasks_are_kept(int tasksOfStage)
    {
        var options = new TraceOptions { Selection = new TaskSelectionLimits { TasksOfTrace = 20 } };
        var trace = Stage(tasksOfStage, [.. Enumerable.Range(0, 60).Select(i => Some.TaskEnd(i, 0, 10, 20, attempt: i % 2)), Some.TaskEnd(60, 0, 10, 20, failure: Failed), Some.TaskEnd(61, 0, 10, 20, failure: Killed)], options);
        Assert.Equal(21, TaskIds(trace).Count);
        Assert.Contains(60, TaskIds(trace));
        Assert.Equal(41, trace.Counters.TasksTraceLimit);
        Assert.Equal(41L, StageOf(trace)[SparkAttributes.TasksOmittedTrace]);
    }

    [Fact]
    public void A_trace_has_20000_task_spans_and_then_only_failed_ones()
    {
        var stages = Enumerable.Range(0, 110).Select(i => Some.Stage(i, tasks: 200)).ToArray();
        var trace = Trace.OfEvents([
            .. Some.Start(), Some.Job(0, 1, stages),
            .. stages.SelectMany(stage => (IEnumerable<SparkEvent>)[
                Some.Submitted(stage, 2), .. Enumerable.Range(0, 200).Select(i => Some.TaskEnd((stage.StageId * 200) + i, stage.StageId, 10, 20, failure: i == 7 ? Failed : null)),
                Some.Completed(stage, 2, 30)]),
            Some.JobEnd(0, 40), Some.End()]);
        Assert.Equal(20_000 + 10, TaskIds(trace).Count);
        Assert.Equal((1_990L, 1_990L), (trace.Counters.TasksTraceLimit, (long)trace.Application[SparkAttributes.TasksOmitted]!));
    }

    [Fact]
    public void All_tasks_are_kept_where_the_user_wants_all()
    {
        var trace = Stage(30_000, Enumerable.Range(0, 30_000).Select(i => Some.TaskEnd(i, 0, 10, 20)), Trace.AllTasks);
        Assert.Equal(30_000, TaskIds(trace).Count);
        Assert.Equal(0, trace.Counters.TasksOmitted);
    }

    [Fact]
    public void A_task_that_is_left_out_leaves_its_shuffles_out_too()
    {
        var trace = Stage(5_000, Enumerable.Range(0, 300).Select(i =>
        {
            var task = Some.TaskEnd(i, 0, 10, 20 + i);
            task.Metrics.Set(TaskMetric.ShuffleBytesWritten, 10);
            return task;
        }));
        Assert.Equal((50, 50), (TaskIds(trace).Count, trace.Spans.Count(span => span.Name == SpanNames.ShuffleWrite)));
        Assert.Equal(3_000L, StageOf(trace)[TaskMetricKeys.StageKey(TaskMetric.ShuffleBytesWritten)]);
    }

    [Fact]
    public void Unfinished_tasks_of_a_large_stage_count_as_notable()
    {
        var stage = Some.Stage(0, tasks: 5_000);
        var trace = Trace.OfEvents([.. Some.Start(), Some.Job(0, 1, [stage]), Some.Submitted(stage, 2), .. Enumerable.Range(0, 1_200).Select(i => Some.TaskStart(i, 0, 3))]);
        TraceRules.AssertHold(trace);
        Assert.Equal((1_000, 1_200L, 200L), (TaskIds(trace).Count, (long)StageOf(trace)[SparkAttributes.StageTasksUnfinished]!, (long)StageOf(trace)[SparkAttributes.TasksOmittedNotable]!));
    }

    private static Trace Stage(int count, IEnumerable<SparkEvent> tasks, TraceOptions? options = null)
    {
        var stage = Some.Stage(0, tasks: count);
        var trace = Trace.OfEvents([.. Some.Start(), Some.Job(0, 1, [stage]), Some.Submitted(stage, 2), .. tasks, Some.Completed(stage, 2, 900), Some.JobEnd(0, 901), Some.End()], options);
        TraceRules.AssertHold(trace);
        return trace;
    }

    private static TestSpan StageOf(Trace trace) => trace.Spans.Single(span => span.Is(SpanNames.Stage));

    /// <summary>In the order of writing.</summary>
    private static List<long> TaskIds(Trace trace) => [.. trace.Spans.Where(span => span.Name == SpanNames.Task).Select(span => (long)span[SparkAttributes.TaskId]!)];
}
