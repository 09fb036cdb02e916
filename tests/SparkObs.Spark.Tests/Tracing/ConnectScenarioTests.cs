using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Tracing;

public class ConnectScenarioTests
{
    private const string Caller = "00-000000000000000000000000000000aa-00000000000000bb-01";

    private static IEnumerable<SparkEvent> App(params SparkEvent[] events) => [.. Some.Start(), .. events, Some.End()];

    private static JobStart Job(int id, long at, string operation, string? extraTag = null) =>
        Some.Job(id, at, [], new JobProperties { Tags = Some.OperationTag(operation) + (extraTag is null ? "" : "," + extraTag), CallSite = "collect at job.py:7" });

    [Fact]
    public void An_operation_is_the_root_of_its_own_trace() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=1, app.jobs=1}
            operation limit 10..23 in its own trace Server {connect.operation.id=op1, connect.operation.status=finished, connect.produced_rows=3, connect.statement.type=limit, connect.statement=common { plan_id: 4 } limit { x: 1 }, connect.session.id=s, connect.user.id=u, connect.user.name=Ann, connect.session.tags=[nightly]}
              > application: application
              sql save at job.py:3 13..22 {sql.execution.id=0, sql.description=save at job.py:3, job.tags=[SparkConnect_OperationTag_User_u_Session_s_Operation_op1]}
              job collect at job.py:7 14..20 {job.id=0, job.name=collect at job.py:7, job.result=succeeded, job.tags=[SparkConnect_OperationTag_User_u_Session_s_Operation_op1]}
            """,
            App(
                new ConnectOperation
                {
                    Phase = ConnectPhase.Started, OperationId = "op1", Time = Some.T0 + 10, SessionId = "s", UserId = "u", UserName = "Ann", StatementText = "common { plan_id: 4 } limit { x: 1 }", Tags = ["nightly"],
                },
                Some.Operation(ConnectPhase.Analyzed, "op1", 11), Some.Operation(ConnectPhase.ReadyForExecution, "op1", 12), Some.Sql(0, 13, tags: Some.OperationTag("op1")), Job(0, 14, "op1"), Some.JobEnd(0, 20),
                new ConnectOperation { Phase = ConnectPhase.Finished, OperationId = "op1", Time = Some.T0 + 21, ProducedRowCount = 3 }, Some.SqlEnd(0, 22), Some.Operation(ConnectPhase.Closed, "op1", 23)));

    [Fact]
    public void An_operation_that_failed_or_was_cancelled_says_so() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {}
            operation sql_command 10..21 in its own trace Server Error: INTERNAL: [CAST_INVALID_INPUT] The value 'x' is no INT {connect.operation.id=op1, connect.operation.status=failed, connect.statement.type=sql_command, connect.statement=sql_command { sql: "x" }, error.type=CAST_INVALID_INPUT}
              ! exception 21 {exception.type=CAST_INVALID_INPUT, exception.message=INTERNAL: [CAST_INVALID_INPUT] The value 'x' is no INT}
              > application: application
            operation 30..41 in its own trace Server Error: The operation was cancelled {connect.operation.id=op2, connect.operation.status=canceled, error.type=cancelled}
              > application: application
            operation 50..10000 in its own trace Server {sparkobs.incomplete=true, connect.operation.id=op3, connect.operation.status=started}
              > application: application
            """,
            App(
                Some.Operation(ConnectPhase.Started, "op1", 10, statement: "sql_command { sql: \"x\" }"), Some.Operation(ConnectPhase.Failed, "op1", 20, "INTERNAL: [CAST_INVALID_INPUT] The value 'x' is no INT"), Some.Operation(ConnectPhase.Closed, "op1", 21),
                Some.Operation(ConnectPhase.Started, "op2", 30), Some.Operation(ConnectPhase.Canceled, "op2", 40), Some.Operation(ConnectPhase.Closed, "op2", 41),
                Some.Operation(ConnectPhase.Started, "op3", 50)));

    [Fact]
    public void An_operation_that_has_ended_is_not_cancelled_by_a_client_that_lets_go_of_it()
    {
        const string Tree =
            """
            application 0..10000 {}
            operation 10..22 in its own trace Server Error: no {connect.operation.id=op1, connect.operation.status=failed, error.type=failed}
              ! exception 22 {exception.type=failed, exception.message=no}
              > application: application
            operation 30..42 in its own trace Server {connect.operation.id=op2, connect.operation.status=finished, connect.produced_rows=3}
              > application: application
            """;
        SparkEvent[] first = [Some.Operation(ConnectPhase.Started, "op1", 10), Some.Operation(ConnectPhase.Started, "op2", 30)];
        SparkEvent failed = Some.Operation(ConnectPhase.Failed, "op1", 20, "no"), letGo = Some.Operation(ConnectPhase.Canceled, "op1", 21);
        SparkEvent finished = new ConnectOperation { Phase = ConnectPhase.Finished, OperationId = "op2", Time = Some.T0 + 40, ProducedRowCount = 3 };
        SparkEvent letGoToo = Some.Operation(ConnectPhase.Canceled, "op2", 41);
        SparkEvent[] last = [Some.Operation(ConnectPhase.Closed, "op1", 22), Some.Operation(ConnectPhase.Closed, "op2", 42)];
        TraceTree.AssertIs(Tree, App([.. first, failed, letGo, finished, letGoToo, .. last]));
        TraceTree.AssertIs(Tree, App([.. first, letGo, failed, letGoToo, finished, .. last]));
    }

    [Fact]
    public void A_clients_tag_puts_the_operation_below_its_caller() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=1}
            operation 10..23 below aa.bb Server {connect.operation.id=op1, connect.operation.status=closed, connect.session.tags=[traceparent=00-000000000000000000000000000000aa-00000000000000bb-01]}
              job collect at job.py:7 14..20 {job.id=0, job.name=collect at job.py:7, job.result=succeeded, job.tags=[SparkConnect_OperationTag_User_u_Session_s_Operation_op1 | SparkConnect_SessionTag_User_u_Session_s_Tag_traceparent=00-000000000000000000000000000000aa-00000000000000bb-01]}
            """,
            App(
                Some.Operation(ConnectPhase.Started, "op1", 10, tags: "traceparent=" + Caller), Job(0, 14, "op1", Some.SessionTag("traceparent=" + Caller)), Some.JobEnd(0, 20), Some.Operation(ConnectPhase.Closed, "op1", 23)));

    [Fact]
    public void An_operation_whose_start_was_lost_begins_with_its_job() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=2}
            operation 14..23 in its own trace Server {connect.operation.id=op1, connect.operation.status=finished}
              > application: application
              job collect at job.py:7 14..20 {job.id=0, job.name=collect at job.py:7, job.result=succeeded, job.tags=[SparkConnect_OperationTag_User_u_Session_s_Operation_op1]}
            operation 30..41 below aa.bb Server {connect.operation.id=op2, connect.operation.status=closed}
              job collect at job.py:7 34..40 {job.id=1, job.name=collect at job.py:7, job.result=succeeded, job.tags=[SparkConnect_OperationTag_User_u_Session_s_Operation_op2 | SparkConnect_SessionTag_User_u_Session_s_Tag_traceparent=00-000000000000000000000000000000aa-00000000000000bb-01]}
            """,
            App(
                Job(0, 14, "op1"), Some.JobEnd(0, 20), Some.Operation(ConnectPhase.Finished, "op1", 21), Some.Operation(ConnectPhase.Closed, "op1", 23),
                Some.Operation(ConnectPhase.Analyzed, "op2", 30), Job(1, 34, "op2", Some.SessionTag("traceparent=" + Caller)), Some.JobEnd(1, 40), Some.Operation(ConnectPhase.Closed, "op2", 41)));

    [Fact]
    public void An_operations_trace_stays_once_something_stands_below_it() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=3}
            operation 10..23 in its own trace Server {connect.operation.id=op1, connect.operation.status=closed, connect.session.tags=[traceparent=00-000000000000000000000000000000aa-00000000000000bb-01]}
              > application: application
              job collect at job.py:7 14..20 {job.id=0, job.name=collect at job.py:7, job.result=succeeded, job.tags=[SparkConnect_OperationTag_User_u_Session_s_Operation_op1]}
              job collect at job.py:7 21..22 {job.id=1, job.name=collect at job.py:7, job.result=succeeded, job.tags=[SparkConnect_OperationTag_User_u_Session_s_Operation_op1 | traceparent=00-000000000000000000000000000000aa-00000000000000bb-01]}
              job collect at job.py:7 24..30 {sparkobs.outside_parent=true, job.id=2, job.name=collect at job.py:7, job.result=succeeded, job.tags=[SparkConnect_OperationTag_User_u_Session_s_Operation_op1]}
            """,
            App(
                Job(0, 14, "op1"), Some.Operation(ConnectPhase.Started, "op1", 10, tags: "traceparent=" + Caller), Some.JobEnd(0, 20), Job(1, 21, "op1", "traceparent=" + Caller), Some.JobEnd(1, 22),
                Some.Operation(ConnectPhase.Closed, "op1", 23), Job(2, 24, "op1"), Some.JobEnd(2, 30)));
}
