using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

public class ApplicationScenarioTests
{
    [Fact]
    public void Executors_that_are_lost_or_excluded_are_events_each_once() =>
        TraceTree.AssertIs(
            """
            application 0..10000 {app.executors_added=2, app.executors_removed=1, app.executors_excluded=4}
              ! executor excluded 10 {executor.id=1, executor.task_failures=2}
              ! executor excluded 10 {executor.id=2, executor.task_failures=2}
              ! executor excluded 20 {executor.id=1, executor.task_failures=2, stage.id=3, stage.attempt=0}
              ! executor excluded 21 {executor.id=1, executor.task_failures=2}
              ! executor removed 30 {executor.id=1, executor.reason=Command exited with code 137}
            """,
            [
                .. Some.Start(), new ExecutorAdded { Time = Some.T0 + 5, ExecutorId = "1" }, new ExecutorAdded { Time = Some.T0 + 6, ExecutorId = "2" },
                Excluded("1", 10, old: true), Excluded("2", 10, old: true), Excluded("1", 10, old: false), Excluded("2", 10, old: false),
                Excluded("1", 20, old: true, stage: 3), Excluded("1", 20, old: false, stage: 3), Excluded("1", 21, old: false),
                new ExecutorRemoved { Time = Some.T0 + 30, ExecutorId = "1", Reason = "Command exited with code 137" }, Some.End(),
            ]);

    [Fact]
    public void Events_beyond_a_hundred_are_counted()
    {
        var app = Trace.OfEvents([
            .. Some.Start(), .. Enumerable.Range(0, 150).SelectMany(i => new SparkEvent[] { Excluded($"{i}", i, true), Excluded($"{i}", i, false) }), Some.End()]).Application;
        Assert.Equal((100, 50L, 150L), (app.Events.Count, app[SparkAttributes.EventsOmitted], app[SparkAttributes.AppExecutorsExcluded]));
    }

    [Fact]
    public void An_application_without_its_end_is_incomplete_and_so_is_what_ran()
    {
        var stage = Some.Stage(0);
        TraceTree.AssertIs(
            """
            application 0..50 Error: The application's end is not among its events: it was killed, or it still runs {sparkobs.incomplete=true, master=yarn, submit.deploy_mode=cluster, app.sql_executions=1, app.jobs=1, app.stage_attempts=1, app.tasks=1, error.type=incomplete}
              sql save at job.py:3 10..50 {sparkobs.incomplete=true, sql.execution.id=0, sql.description=save at job.py:3, sql.jobs=1}
                job map at job.py:0 20..50 {sparkobs.incomplete=true, job.id=0, job.name=map at job.py:0, sql.execution.id=0, job.stages=1}
                  stage map at job.py:0 30..50 {sparkobs.incomplete=true, stage.id=0, stage.attempt=0, stage.name=map at job.py:0, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.01, stage.task_duration.p50=0.01, stage.task_duration.p75=0.01, stage.task_duration.p95=0.01, stage.task_duration.p99=0.01, stage.task_duration.max=0.01, stage.task_duration.skew=1, stage.tasks_unfinished=1}
                    task 40..50 {task.id=1, task.index=1, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
                    task 40..50 {sparkobs.incomplete=true, task.id=0, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
            """,
            [.. Some.Start(("spark.master", "yarn"), ("spark.submit.deployMode", "cluster")), Some.Sql(0, 10), Some.Job(0, 20, [stage], new JobProperties { ExecutionId = 0 }),
                Some.Submitted(stage, 30), Some.TaskStart(0, 0, 40), Some.TaskEnd(1, 0, 40, 50)]);
    }

    [Theory]
    [InlineData(0, "Unset", null, null)]
    [InlineData(5, "Error", "The application ended with exit code 5", "exit_code")]
    public void An_exit_code_decides(int code, string status, string? message, string? type)
    {
        var app = Trace.OfEvents([.. Some.Start(), Some.Job(0, 1, []), Some.JobEnd(0, 2, "failed"), Some.End(exitCode: code)]).Application;
        Assert.Equal((status, message, (object?)type, (object?)(long)code, (object?)1L), (app.Status.ToString(), app.StatusMessage, app[SparkAttributes.ErrorType], app[SparkAttributes.AppExitCode], app[SparkAttributes.AppJobsFailed]));
    }

    [Fact]
    public void A_source_of_which_a_part_is_missing_says_so() =>
        TraceTree.AssertIs(
            """
            application 0..10000 Error: Part of the application's events is missing {sparkobs.incomplete=true, error.type=incomplete}
            """,
            Trace.OfEvents([.. Some.Start(), Some.End()], sourceIncomplete: true));

    [Fact]
    public void Events_after_the_applications_end_are_taken() =>
        TraceTree.AssertIs(
            """
            application 0..200 {sparkobs.children_outside=true, app.jobs=1, app.jobs_failed=1}
              job collect at job.py:7 100..250 Error: Job 0 cancelled because SparkContext was shut down {job.id=0, job.name=collect at job.py:7, job.result=cancelled, error.type=cancelled}
            """,
            [.. Some.Start(), Some.Job(0, 100, []), Some.End(at: 200), Some.JobEnd(0, 250, "Job 0 cancelled because SparkContext was shut down")]);

    [Fact]
    public void Without_any_event_that_names_an_application_there_is_no_trace() =>
        Assert.Empty(Trace.OfEvents([new LogStart { SparkVersion = "4.3.0" }, new ExecutorAdded { Time = 1, ExecutorId = "1" }, Some.End()]).Spans);

    [Fact]
    public void Without_its_start_an_application_begins_with_the_first_event() =>
        TraceTree.AssertIs(
            """
            application 100..10000 {app.jobs=1}
              job collect at job.py:7 100..110 {job.id=0, job.name=collect at job.py:7, job.result=succeeded}
            """,
            [Some.Job(0, 100, []), Some.JobEnd(0, 110), Some.End()]);

    private static ExecutorExcluded Excluded(string executor, long at, bool old, int? stage = null) =>
        new() { Time = Some.T0 + at, ExecutorId = executor, TaskFailures = 2, StageId = stage, StageAttempt = stage is null ? null : 0, OldName = old };
}
