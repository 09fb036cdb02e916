using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

public class CallerScenarioTests
{
    private const string Caller = "00-000000000000000000000000000000aa-00000000000000bb-01";
    private const string OtherCaller = "00-000000000000000000000000000000cc-00000000000000dd-01";
    private const string Unsampled = "00-000000000000000000000000000000aa-00000000000000bb-00";

    private static IEnumerable<SparkEvent> App(params SparkEvent[] events) => [.. Some.Start(), .. events, Some.End()];

    private static JobStart Job(int id, long at, long? execution = null, string? traceparent = null, string? tags = null) =>
        Some.Job(id, at, [], new JobProperties { ExecutionId = execution, Traceparent = traceparent, Tags = tags, CallSite = "save at job.py:3" });

    [Fact]
    public void An_application_below_a_caller_is_in_the_callers_trace() =>
        TraceTree.AssertIs(
            """
            application 0..10000 below aa.bb {app.jobs=1}
              job save at job.py:3 10..20 {job.id=0, job.name=save at job.py:3, job.result=succeeded}
            """,
            [.. Some.Start(("spark.sparkobs.traceparent", Caller), ("spark.sparkobs.traceId", "000000000000000000000000000000ee")), Job(0, 10), Some.JobEnd(0, 20), Some.End()]);

    [Fact]
    public void A_chosen_trace_id_is_the_applications_and_the_seed_its_ids()
    {
        var trace = Trace.OfEvents([.. Some.Start(("spark.sparkobs.id", "000000000000000000000000000000ff"), ("spark.sparkobs.traceId", "000000000000000000000000000000ee")), Some.End()]);
        Assert.Equal((new TraceId(0, 0xee), new SpanIds("000000000000000000000000000000ff").Application), (trace.Application.Trace, trace.Application.Id));
    }

    [Fact]
    public void Below_a_caller_that_is_not_sampled_nothing_is_exported_and_all_is_counted()
    {
        var stage = Some.Stage(0);
        var trace = Trace.OfEvents([
            .. Some.Start(("spark.sparkobs.traceparent", Unsampled)), Some.Sql(0, 5), Some.Job(0, 10, [stage], new JobProperties { ExecutionId = 0 }), Some.Submitted(stage, 11),
            Some.TaskEnd(0, 0, 12, 13), Some.Completed(stage, 11, 14), Some.JobEnd(0, 20), Some.SqlEnd(0, 21), Some.End()]);
        Assert.Empty(trace.Spans);
        Assert.Equal((0L, 5L), (trace.Counters.Spans, trace.Counters.Unsampled));
    }

    [Fact]
    public void Only_what_stands_below_the_unsampled_caller_is_left_out() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=1, app.jobs=3, sparkobs.spans_unsampled=3}
              job save at job.py:3 10..20 {job.id=0, job.name=save at job.py:3, job.result=succeeded}
            """,
            App(Job(0, 10), Some.JobEnd(0, 20), Job(1, 30, traceparent: Unsampled), Some.JobEnd(1, 40), Some.Sql(0, 50, tags: "traceparent=" + Unsampled), Job(2, 60, 0, tags: "traceparent=" + Unsampled), Some.JobEnd(2, 70), Some.SqlEnd(0, 80)));

    [Fact]
    public void Before_3_5_the_first_job_tells_the_callers_of_a_query() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=4, app.jobs=2}
              sql save at job.py:3 90..95 {sql.execution.id=3, sql.description=save at job.py:3}
            sql save at job.py:3 10..40 below aa.bb {sql.execution.id=0, sql.description=save at job.py:3, sql.jobs=1}
              job save at job.py:3 20..30 {job.id=0, job.name=save at job.py:3, sql.execution.id=0, job.result=succeeded}
            sql save at job.py:3 50..80 below aa.bb {sql.execution.id=1, sql.description=save at job.py:3}
              sql save at job.py:3 51..71 {sql.execution.id=2, sql.execution.root_id=1, sql.description=save at job.py:3, sql.jobs=1}
                job save at job.py:3 60..70 {job.id=1, job.name=save at job.py:3, sql.execution.id=2, job.result=succeeded}
            """,
            App(
                Some.Sql(0, 10), Job(0, 20, 0, Caller), Some.JobEnd(0, 30), Some.SqlEnd(0, 40), Some.Sql(1, 50, root: 1), Some.Sql(2, 51, root: 1), Job(1, 60, 2, Caller), Some.JobEnd(1, 70),
                Some.SqlEnd(2, 71), Some.SqlEnd(1, 80), Some.Sql(3, 90), Some.SqlEnd(3, 95)));

    [Fact]
    public void Since_3_5_a_querys_tags_tell_its_caller_even_without_jobs() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=1}
            sql save at job.py:3 10..40 below aa.bb {sql.execution.id=0, sql.description=save at job.py:3, job.tags=[nightly | traceparent=00-000000000000000000000000000000aa-00000000000000bb-01]}
            """,
            App(Some.Sql(0, 10, tags: ["nightly", "traceparent=" + Caller]), Some.SqlEnd(0, 40)));

    [Fact]
    public void Of_more_callers_the_property_wins_and_of_tags_the_first_in_ordinal_order() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=2}
            job save at job.py:3 10..20 below aa.bb {job.id=0, job.name=save at job.py:3, job.result=succeeded, job.tags=[traceparent=00-000000000000000000000000000000cc-00000000000000dd-01]}
            job save at job.py:3 30..40 below aa.bb {job.id=1, job.name=save at job.py:3, job.result=succeeded, job.tags=[traceparent=00-000000000000000000000000000000cc-00000000000000dd-01 | traceparent=00-000000000000000000000000000000aa-00000000000000bb-01 | traceparent=broken]}
            """,
            App(
                Job(0, 10, traceparent: Caller, tags: "traceparent=" + OtherCaller), Some.JobEnd(0, 20),
                Job(1, 30, tags: $"traceparent={OtherCaller},traceparent={Caller},traceparent=broken"), Some.JobEnd(1, 40)));

    [Fact]
    public void A_job_that_names_another_trace_than_its_execution_follows_its_own_and_links() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=1, app.jobs=2}
            sql save at job.py:3 10..40 below aa.bb {sql.execution.id=0, sql.description=save at job.py:3, job.tags=[traceparent=00-000000000000000000000000000000aa-00000000000000bb-01], sql.jobs=2}
              job save at job.py:3 31..35 {job.id=1, job.name=save at job.py:3, sql.execution.id=0, job.result=succeeded}
            job save at job.py:3 20..30 below cc.dd {job.id=0, job.name=save at job.py:3, sql.execution.id=0, job.result=succeeded}
              > sql_execution: sql save at job.py:3 0
            """,
            App(Some.Sql(0, 10, tags: "traceparent=" + Caller), Job(0, 20, 0, OtherCaller), Some.JobEnd(0, 30), Job(1, 31, 0, Caller), Some.JobEnd(1, 35), Some.SqlEnd(0, 40)));

    [Fact]
    public void Two_callers_spans_of_one_trace_make_no_link() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=1, app.jobs=1}
            sql save at job.py:3 10..40 below aa.bb {sql.execution.id=0, sql.description=save at job.py:3, job.tags=[traceparent=00-000000000000000000000000000000aa-00000000000000bb-01], sql.jobs=1}
              job save at job.py:3 20..30 {job.id=0, job.name=save at job.py:3, sql.execution.id=0, job.result=succeeded}
            """,
            App(Some.Sql(0, 10, tags: "traceparent=" + Caller), Job(0, 20, 0, Caller.Replace("bb", "b1", StringComparison.Ordinal)), Some.JobEnd(0, 30), Some.SqlEnd(0, 40)));
}
