using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Tracing;

public class StreamScenarioTests
{
    private const string Caller = "00-000000000000000000000000000000aa-00000000000000bb-01";
    private const string Cancelled = "Job 0 cancelled part of cancelled job group r1";

    private static IEnumerable<SparkEvent> App(params SparkEvent[] events) => [.. Some.Start(), .. events, Some.End()];

    private static QueryStarted Started(string id, string run, string? name, long at, params string[] tags) => new() { Id = id, RunId = run, Name = name, Time = Some.T0 + at, JobTags = tags };

    private static QueryTerminated Terminated(string id, string run, string? exception = null) => new() { Id = id, RunId = run, Exception = exception };

    /// <summary>A batch's SQL execution with its job; the ids are the execution's.</summary>
    private static SparkEvent[] Batch(string id, string run, long batch, int execution, long at, string? tags = null, string? traceparent = null, string[]? sqlTags = null) =>
    [
        Some.Sql(execution, at, description: Some.BatchDescription(id, run, batch), tags: sqlTags ?? []),
        Some.Job(execution, at + 1, [], Some.OfBatch(id, run, batch, execution, tags, traceparent)), Some.JobEnd(execution, at + 5), Some.SqlEnd(execution, at + 6),
    ];

    [Fact]
    public void Two_queries_at_once_have_a_trace_for_each_batch() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=2, app.jobs=2}
            batch orders 98..128 in its own trace {streaming.query.id=a1, streaming.query.name=orders, streaming.run.id=b1, streaming.batch.id=0, streaming.duration.addBatch=0.03}
              > application: application
              sql 100..106 {sql.execution.id=0, sql.description=⏎id = a1⏎runId = b1⏎batch = 0, sql.jobs=1}
                job start at job.py:9 101..105 {job.id=0, job.name=start at job.py:9, sql.execution.id=0, job.result=succeeded, job.group=b1}
            batch 99..119 in its own trace {streaming.query.id=a2, streaming.run.id=b2, streaming.batch.id=0, streaming.duration.addBatch=0.02, streaming.duration.triggerExecution=0.02}
              > application: application
              sql 101..107 {sql.execution.id=1, sql.description=⏎id = a2⏎runId = b2⏎batch = 0, sql.jobs=1}
                job start at job.py:9 102..106 {job.id=1, job.name=start at job.py:9, sql.execution.id=1, job.result=succeeded, job.group=b2}
            """,
            App([
                Started("a1", "b1", "orders", 90), Started("a2", "b2", null, 91), Batch("a1", "b1", 0, 0, 100)[0], .. Batch("a2", "b2", 0, 1, 101), .. Batch("a1", "b1", 0, 0, 100)[1..],
                Some.Progress("a2", "b2", 0, 99, 20, "addBatch", "triggerExecution"), Some.Progress("a1", "b1", 0, 98, 30, "addBatch")]));

    [Fact]
    public void A_restarted_query_has_another_run() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=2, app.jobs=2}
            batch orders 100..106 in its own trace Error: java.lang.RuntimeException: no disk {streaming.query.id=a1, streaming.query.name=orders, streaming.run.id=b1, streaming.batch.id=7, error.type=java.lang.RuntimeException}
              ! exception 106 {exception.type=java.lang.RuntimeException, exception.message=java.lang.RuntimeException: no disk, exception.stacktrace=java.lang.RuntimeException: no disk⏎	at A.b(A.java:1)}
              > application: application
              sql 100..106 {sql.execution.id=0, sql.description=⏎id = a1⏎runId = b1⏎batch = 7, sql.jobs=1}
                job start at job.py:9 101..105 {job.id=0, job.name=start at job.py:9, sql.execution.id=0, job.result=succeeded, job.group=b1}
            batch orders 205..235 in its own trace {streaming.query.id=a1, streaming.query.name=orders, streaming.run.id=b2, streaming.batch.id=7, streaming.duration.addBatch=0.03}
              > application: application
              sql 210..216 {sql.execution.id=1, sql.description=⏎id = a1⏎runId = b2⏎batch = 7, sql.jobs=1}
                job start at job.py:9 211..215 {job.id=1, job.name=start at job.py:9, sql.execution.id=1, job.result=succeeded, job.group=b2}
            """,
            App([
                Started("a1", "b1", "orders", 90), .. Batch("a1", "b1", 7, 0, 100), Terminated("a1", "b1", "java.lang.RuntimeException: no disk\n\tat A.b(A.java:1)"),
                Started("a1", "b2", "orders", 200), .. Batch("a1", "b2", 7, 1, 210), Some.Progress("a1", "b2", 7, 205, 30, "addBatch"), Terminated("a1", "b2")]));

    [Fact]
    public void An_idle_trigger_makes_no_batch() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {}
            """,
            App(Started("a1", "b1", "orders", 90), Some.Progress("a1", "b1", 0, 95, 3, "latestOffset", "triggerExecution"), Terminated("a1", "b1")));

    [Fact]
    public void A_batch_whose_progress_was_lost_ends_when_the_next_begins() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=2, app.jobs=2}
            batch orders 100..106 in its own trace {streaming.query.id=a1, streaming.query.name=orders, streaming.run.id=b1, streaming.batch.id=0}
              > application: application
              sql 100..106 {sql.execution.id=0, sql.description=⏎id = a1⏎runId = b1⏎batch = 0, sql.jobs=1}
                job start at job.py:9 101..105 {job.id=0, job.name=start at job.py:9, sql.execution.id=0, job.result=succeeded, job.group=b1}
            batch orders 195..225 in its own trace {streaming.query.id=a1, streaming.query.name=orders, streaming.run.id=b1, streaming.batch.id=1, streaming.duration.addBatch=0.03}
              > application: application
              sql 200..206 {sql.execution.id=1, sql.description=⏎id = a1⏎runId = b1⏎batch = 1, sql.jobs=1}
                job start at job.py:9 201..205 {job.id=1, job.name=start at job.py:9, sql.execution.id=1, job.result=succeeded, job.group=b1}
            """,
            App([Started("a1", "b1", "orders", 90), .. Batch("a1", "b1", 0, 0, 100), .. Batch("a1", "b1", 1, 1, 200), Some.Progress("a1", "b1", 1, 195, 30, "addBatch")]));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stop_in_mid_batch_cancels_it(bool terminatedFirst)
    {
        var batch = Batch("a1", "b1", 0, 0, 100);
        SparkEvent job = Some.JobEnd(0, 105, Cancelled), terminated = Terminated("a1", "b1");
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=1, app.jobs=1, app.jobs_failed=1}
            batch orders 100..106 in its own trace Error: Job 0 cancelled part of cancelled job group r1 {streaming.query.id=a1, streaming.query.name=orders, streaming.run.id=b1, streaming.batch.id=0, error.type=cancelled}
              > application: application
              sql 100..106 Error: Job 0 cancelled part of cancelled job group r1 {sql.execution.id=0, sql.description=⏎id = a1⏎runId = b1⏎batch = 0, sql.jobs=1, sql.jobs_failed=1, error.type=cancelled}
                job start at job.py:9 101..105 Error: Job 0 cancelled part of cancelled job group r1 {job.id=0, job.name=start at job.py:9, sql.execution.id=0, job.result=cancelled, job.group=b1, error.type=cancelled}
            """,
            App(Started("a1", "b1", "orders", 90), batch[0], batch[1], Some.SqlEnd(0, 106, Cancelled), terminatedFirst ? terminated : job, terminatedFirst ? job : terminated));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Progress_may_come_before_the_jobs_end(bool progressFirst)
    {
        var batch = Batch("a1", "b1", 0, 0, 100);
        var progress = Some.Progress("a1", "b1", 0, 95, 8, "addBatch");
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=1, app.jobs=1}
            batch orders 95..106 in its own trace {streaming.query.id=a1, streaming.query.name=orders, streaming.run.id=b1, streaming.batch.id=0, streaming.duration.addBatch=0.008}
              > application: application
              sql 100..106 {sql.execution.id=0, sql.description=⏎id = a1⏎runId = b1⏎batch = 0, sql.jobs=1}
                job start at job.py:9 101..105 {job.id=0, job.name=start at job.py:9, sql.execution.id=0, job.result=succeeded, job.group=b1}
            """,
            App(Started("a1", "b1", "orders", 90), batch[0], batch[1], batch[3], progressFirst ? progress : batch[2], progressFirst ? batch[2] : progress));
    }

    [Fact]
    public void Whoever_started_the_stream_is_only_linked_to() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=3, app.jobs=3}
            operation 80..95 in its own trace Server {connect.operation.id=op1, connect.operation.status=closed}
              > application: application
            batch orders 98..128 in its own trace {streaming.query.id=a1, streaming.query.name=orders, streaming.run.id=b1, streaming.batch.id=0, streaming.duration.addBatch=0.03}
              > application: application
              > operation: operation op1
              sql 100..106 {sql.execution.id=0, sql.description=⏎id = a1⏎runId = b1⏎batch = 0, sql.jobs=1}
                job start at job.py:9 101..105 {job.id=0, job.name=start at job.py:9, sql.execution.id=0, job.result=succeeded, job.group=b1, job.tags=[SparkConnect_OperationTag_User_u_Session_s_Operation_op1]}
            batch 198..228 in its own trace {streaming.query.id=a2, streaming.run.id=b2, streaming.batch.id=0, streaming.duration.addBatch=0.03}
              > application: application
              > caller: aa.bb
              sql 200..206 {sql.execution.id=1, sql.description=⏎id = a2⏎runId = b2⏎batch = 0, sql.jobs=1}
                job start at job.py:9 201..205 {job.id=1, job.name=start at job.py:9, sql.execution.id=1, job.result=succeeded, job.group=b2}
            batch 298..328 in its own trace {streaming.query.id=a3, streaming.run.id=b3, streaming.batch.id=0, streaming.duration.addBatch=0.03}
              > application: application
              sql 300..306 {sql.execution.id=2, sql.description=⏎id = a3⏎runId = b3⏎batch = 0, sql.jobs=1}
                job start at job.py:9 301..305 {job.id=2, job.name=start at job.py:9, sql.execution.id=2, job.result=succeeded, job.group=b3, job.tags=[SparkConnect_OperationTag_User_u_Session_s_Operation_op unknown]}
            """,
            App([
                Some.Operation(ConnectPhase.Started, "op1", 80), Started("a1", "b1", "orders", 90, Some.OperationTag("op1")), Some.Operation(ConnectPhase.Closed, "op1", 95),
                .. Batch("a1", "b1", 0, 0, 100, Some.OperationTag("op1")), Some.Progress("a1", "b1", 0, 98, 30, "addBatch"),
                .. Batch("a2", "b2", 0, 1, 200, traceparent: Caller), Some.Progress("a2", "b2", 0, 198, 30, "addBatch"),
                .. Batch("a3", "b3", 0, 2, 300, Some.OperationTag("op unknown")), Some.Progress("a3", "b3", 0, 298, 30, "addBatch")]));

    [Fact]
    public void A_batch_of_rdd_jobs_alone_stands_by_its_jobs() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=2}
            batch 95..125 in its own trace {streaming.query.id=a1, streaming.run.id=b1, streaming.batch.id=3, streaming.duration.addBatch=0.03}
              > application: application
              job start at job.py:9 100..110 {job.id=0, job.name=start at job.py:9, job.result=succeeded, job.group=b1}
              job start at job.py:9 130..140 {sparkobs.outside_parent=true, job.id=1, job.name=start at job.py:9, job.result=succeeded, job.group=b1}
            """,
            App(Some.Job(0, 100, [], Some.OfBatch("a1", "b1", 3)), Some.JobEnd(0, 110), Some.Progress("a1", "b1", 3, 95, 30, "addBatch"), Some.Job(1, 130, [], Some.OfBatch("a1", "b1", 3)), Some.JobEnd(1, 140)));

    [Fact]
    public void A_batch_tells_of_its_sources_state_and_lag() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {}
            batch orders 50..70 in its own trace {streaming.query.id=a1, streaming.query.name=orders, streaming.run.id=b1, streaming.batch.id=4, streaming.duration.addBatch=0.012, streaming.duration.triggerExecution=0.02, streaming.watermark=2026-11-24T00:00:00.000Z, streaming.input_rows=15, streaming.processed_rows_per_second=2.5, streaming.sources=[KafkaV2[Subscribe[orders]] | RateStream], streaming.end_offsets=[{"orders":{"0":5}} | 7], streaming.offsets_behind_latest=100, streaming.sink=ForeachBatchSink, streaming.state.rows=15, streaming.state.rows_updated=2, streaming.state.rows_removed=1, streaming.state.memory_used=3000}
              > application: application
            """,
            App(new QueryProgress
            {
                Id = "a1", RunId = "b1", Name = "orders", BatchId = 4, Time = Some.T0 + 50, BatchDuration = 20, Watermark = "2026-11-24T00:00:00.000Z", Sink = "ForeachBatchSink", SinkRows = -1,
                Phases = [new("addBatch", 12), new("triggerExecution", 20), new("not a name", 1)],
                Sources =
                [
                    new StreamSource("KafkaV2[Subscribe[orders]]", 10, "{\"orders\":{\"0\":5}}", null, 2.5, 100), new StreamSource("RateStream", 5, "7", null, double.NaN, null),
                ],
                StateOperators = [new StateOperator("stateStoreSave", 10, 2, 1, 0, 2_000), new StateOperator("dedupe", 5, null, null, null, 1_000)],
            }));
}
