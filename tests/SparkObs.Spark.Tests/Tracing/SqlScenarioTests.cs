using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

public class SqlScenarioTests
{
    private const string Aborted =
        "Job aborted due to stage failure: Task 0 in stage 0.0 failed 1 times, most recent failure: Lost task 0.0 in stage 0.0 (TID 0, host, executor 1): java.lang.ArithmeticException: / by zero\n\tat A.b(A.java:1)";

    private static IEnumerable<SparkEvent> App(params SparkEvent[] events) => [.. Some.Start(), .. events, Some.End()];

    private static JobStart Job(int id, long at, long execution, long? root = null) =>
        Some.Job(id, at, [], new JobProperties { ExecutionId = execution, RootExecutionId = root, CallSite = "save at job.py:3" });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Before_3_4_only_the_job_tells_that_a_query_failed(bool queryEndsFirst)
    {
        SparkEvent job = Some.JobEnd(0, 130, Aborted), query = Some.SqlEnd(0, 131, error: null);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=1, app.jobs=1, app.jobs_failed=1}
              sql save at job.py:3 100..131 Error: java.lang.ArithmeticException: / by zero {sql.execution.id=0, sql.description=save at job.py:3, sql.jobs=1, sql.jobs_failed=1, error.type=java.lang.ArithmeticException}
                ! exception 131 {exception.type=java.lang.ArithmeticException, exception.message=Job aborted due to stage failure: Task 0 in stage 0.0 failed 1 times, most recent failure: Lost task 0.0 in stage 0.0 (TID 0, host, executor 1): java.lang.ArithmeticException: / by zero, exception.stacktrace=Job aborted due to stage failure: Task 0 in stage 0.0 failed 1 times, most recent failure: Lost task 0.0 in stage 0.0 (TID 0, host, executor 1): java.lang.ArithmeticException: / by zero⏎	at A.b(A.java:1)}
                job save at job.py:3 110..130 Error: java.lang.ArithmeticException: / by zero {job.id=0, job.name=save at job.py:3, sql.execution.id=0, job.result=failed, error.type=java.lang.ArithmeticException}
                  ! exception 130 {exception.type=java.lang.ArithmeticException, exception.message=Job aborted due to stage failure: Task 0 in stage 0.0 failed 1 times, most recent failure: Lost task 0.0 in stage 0.0 (TID 0, host, executor 1): java.lang.ArithmeticException: / by zero, exception.stacktrace=Job aborted due to stage failure: Task 0 in stage 0.0 failed 1 times, most recent failure: Lost task 0.0 in stage 0.0 (TID 0, host, executor 1): java.lang.ArithmeticException: / by zero⏎	at A.b(A.java:1)}
            """,
            App(Some.Sql(0, 100), Job(0, 110, 0), queryEndsFirst ? query : job, queryEndsFirst ? job : query));
    }

    [Fact]
    public void An_execution_exists_without_jobs() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=2}
              sql createOrReplaceTempView at job.py:5 100..105 {sql.execution.id=0, sql.description=createOrReplaceTempView at job.py:5}
              sql 110..115 Error: [PARSE_SYNTAX_ERROR] near x {sql.execution.id=1, sql.description=a query of mine, error.type=PARSE_SYNTAX_ERROR}
                ! exception 115 {exception.type=PARSE_SYNTAX_ERROR, exception.message=[PARSE_SYNTAX_ERROR] near x}
            """,
            App(Some.Sql(0, 100, description: "createOrReplaceTempView at job.py:5"), Some.SqlEnd(0, 105), Some.Sql(1, 110, description: "a query of mine"), Some.SqlEnd(1, 115, "[PARSE_SYNTAX_ERROR] near x")));

    [Fact]
    public void A_nested_execution_stands_below_its_root() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=3, app.jobs=1}
              sql save at job.py:3 100..140 {sql.execution.id=0, sql.description=save at job.py:3}
                sql save at job.py:3 110..132 {sql.execution.id=1, sql.description=save at job.py:3}
                sql save at job.py:3 112..131 {sql.execution.id=2, sql.execution.root_id=1, sql.description=save at job.py:3, sql.jobs=1}
                  job save at job.py:3 120..130 {job.id=0, job.name=save at job.py:3, sql.execution.id=2, job.result=succeeded}
            """,
            App(Some.Sql(0, 100, root: 0), Some.Sql(1, 110, root: 0), Some.Sql(2, 112, root: 1), Job(0, 120, 2, 0), Some.JobEnd(0, 130), Some.SqlEnd(2, 131), Some.SqlEnd(1, 132), Some.SqlEnd(0, 140)));

    [Fact]
    public void A_nested_execution_whose_root_is_not_known_stands_by_itself() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=1, app.jobs=1}
              sql save at job.py:3 110..132 {sql.execution.id=1, sql.description=save at job.py:3, sql.jobs=1}
                job save at job.py:3 120..130 {job.id=0, job.name=save at job.py:3, sql.execution.id=1, job.result=succeeded}
            """,
            App(Some.Sql(1, 110, root: 0), Job(0, 120, 1, 0), Some.JobEnd(0, 130), Some.SqlEnd(1, 132)));

    [Fact]
    public void What_begins_after_the_execution_ended_stands_below_it_still() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=2, app.jobs=2}
              sql save at job.py:3 100..110 {sql.execution.id=0, sql.description=save at job.py:3}
                sql save at job.py:3 120..140 {sparkobs.outside_parent=true, sql.execution.id=1, sql.description=save at job.py:3, sql.jobs=1}
                  job save at job.py:3 121..130 {job.id=0, job.name=save at job.py:3, sql.execution.id=1, job.result=succeeded}
                job save at job.py:3 122..131 {sparkobs.outside_parent=true, job.id=1, job.name=save at job.py:3, sql.execution.id=0, job.result=succeeded}
            """,
            App(Some.Sql(0, 100, root: 0), Some.SqlEnd(0, 110), Some.Sql(1, 120, root: 0), Job(0, 121, 1, 0), Job(1, 122, 0, 0), Some.JobEnd(0, 130), Some.JobEnd(1, 131), Some.SqlEnd(1, 140)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_cancelled_job_of_a_nested_execution_cancels_the_root_in_whatever_order(bool rootEndsFirst)
    {
        const string Cancelled = "[SPARK_JOB_CANCELLED] Job 0 cancelled part of cancelled job group g SQLSTATE: XXKDA";
        SparkEvent job = Some.JobEnd(0, 130, Cancelled), root = Some.SqlEnd(0, 132, "java.lang.InterruptedException");
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=2, app.jobs=1, app.jobs_failed=1}
              sql save at job.py:3 100..132 Error: [SPARK_JOB_CANCELLED] Job 0 cancelled part of cancelled job group g SQLSTATE: XXKDA {sql.execution.id=0, sql.description=save at job.py:3, error.type=cancelled}
                sql save at job.py:3 110..131 Error: [SPARK_JOB_CANCELLED] Job 0 cancelled part of cancelled job group g SQLSTATE: XXKDA {sql.execution.id=1, sql.description=save at job.py:3, sql.jobs=1, sql.jobs_failed=1, error.type=cancelled}
                  job save at job.py:3 120..130 Error: [SPARK_JOB_CANCELLED] Job 0 cancelled part of cancelled job group g SQLSTATE: XXKDA {job.id=0, job.name=save at job.py:3, sql.execution.id=1, job.result=cancelled, error.type=cancelled}
            """,
            App(
                Some.Sql(0, 100, root: 0), Some.Sql(1, 110, root: 0), Job(0, 120, 1, 0), Some.SqlEnd(1, 131, Cancelled), rootEndsFirst ? root : job, rootEndsFirst ? job : root));
    }

    [Fact]
    public void A_job_of_an_execution_that_nothing_told_of_stands_below_its_root() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=1, app.jobs=1}
              sql save at job.py:3 100..140 {sql.execution.id=0, sql.description=save at job.py:3, sql.jobs=1}
                job save at job.py:3 120..130 {job.id=0, job.name=save at job.py:3, sql.execution.id=7, job.result=succeeded}
            """,
            App(Some.Sql(0, 100, root: 0), Job(0, 120, 7, 0), Some.JobEnd(0, 130), Some.SqlEnd(0, 140)));

    [Fact]
    public void The_plan_that_ran_has_the_final_values_of_its_metrics()
    {
        SqlPlan first = Plan("Sort", 1), last = new()
        {
            Text = "== Physical Plan ==", NodeCount = 3,
            Nodes =
            [
                new SqlPlanNode(0, "HashAggregate", "HashAggregate(keys=[k#1])", [
                    new SqlMetric("rows", 10, "sum"), new SqlMetric("time", 11, "timing"), new SqlMetric("build", 12, "nsTiming"), new SqlMetric("probes", 13, "average"),
                    new SqlMetric("size", 14, "size"), new SqlMetric("never set", 15, "size"), new SqlMetric("absent", 16, "sum")]),
                new SqlPlanNode(1, "BroadcastExchange", "BroadcastExchange x", [new SqlMetric("collect", 17, "timing")]),
                new SqlPlanNode(2, "Scan", "FileScan", []),
            ],
        };
        var stage = Some.Stage(0);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=1, app.jobs=1, app.stage_attempts=1}
              sql save at job.py:3 100..140 {sql.execution.id=0, sql.description=save at job.py:3, sql.jobs=1, sql.plan=== Physical Plan ==, sql.plan.node_count=3, sql.plan.nodes=[HashAggregate {rows: 5, time: 6 ms, build: 7000 ns, size: 7 B}(keys=[k#1]) |   BroadcastExchange {collect: 3 ms} x |     Scan FileScan], sql.broadcast_exchanges=1, sql.adaptive_updates=2, sql.plan.cached_metrics=[cached rows: 5]}
                job map at job.py:0 110..130 {job.id=0, job.name=map at job.py:0, sql.execution.id=0, job.result=succeeded, job.stages=1}
                  stage map at job.py:0 111..120 {stage.id=0, stage.attempt=0, stage.name=map at job.py:0, job.id=0, stage.tasks=1}
            """,
            App(
                Some.Sql(0, 100, plan: first), Some.Job(0, 110, [stage], new JobProperties { ExecutionId = 0 }), new SqlPlanUpdate { ExecutionId = 0, Plan = Plan("Filter", 2) },
                new DriverAccumUpdates { ExecutionId = 0, Updates = [new AccumulatorValue(17, 4), new AccumulatorValue(14, 7)] },
                Some.Submitted(stage, 111), Some.Completed(stage, 111, 120, null, [new(10, 5), new(11, 6), new(12, 7_000), new(13, 8), new(15, -1)]),
                new DriverAccumUpdates { ExecutionId = 0, Updates = [new AccumulatorValue(17, 3)] },
                new SqlMetricUpdate { ExecutionId = 0, Metrics = [new SqlMetric("cached rows", 10, "sum"), new SqlMetric("cached size", 99, "size")] },
                new SqlPlanUpdate { ExecutionId = 0, Plan = last }, Some.JobEnd(0, 130), Some.SqlEnd(0, 140)));
    }

    private static SqlPlan Plan(string node, long metric) =>
        new() { Text = node, NodeCount = 1, Nodes = [new SqlPlanNode(0, node, node, [new SqlMetric("rows", metric, "sum")])] };

    [Fact]
    public void Plans_that_take_too_much_go_from_the_oldest_on()
    {
        SqlPlan Plan(int megabytes) => new() { Text = new string('p', megabytes * 512 * 1024) };
        var trace = Trace.OfEvents([
            .. Some.Start(), Some.Sql(0, 1, plan: Plan(20)), Some.Sql(1, 2, plan: Plan(20)), Some.Sql(2, 3, plan: Plan(20)), Some.SqlEnd(2, 4),
            Some.Sql(3, 5, plan: Plan(20)), Some.Sql(4, 6, plan: Plan(20)), new SqlPlanUpdate { ExecutionId = 1, Plan = Plan(30) }, new SqlPlanUpdate { ExecutionId = 0, Plan = Plan(1) },
            Some.SqlEnd(0, 7), Some.SqlEnd(1, 7), Some.SqlEnd(3, 7), Some.SqlEnd(4, 7), Some.End()]);

        Assert.Equal(
            [(0L, false, true), (1L, true, false), (2L, false, true), (3L, false, true), (4L, false, true)],
            trace.Spans.Where(span => span.Is(SpanNames.Sql)).Select(span => (
                (long)span[SparkAttributes.ExecutionId]!, span[SparkAttributes.PlanOmitted] is true, span[SparkAttributes.SqlPlan] is not null)).Order());
    }
}
