using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Tracing;

public class StageScenarioTests
{
    private static readonly TaskFailure SpeculationLost = new() { Reason = TaskEndReason.TaskKilled, ReasonName = "TaskKilled", Message = "another attempt succeeded" };

    private static readonly TaskFailure FetchFailed = new()
    {
        Reason = TaskEndReason.FetchFailed, ReasonName = "FetchFailed", Message = "org.apache.spark.shuffle.FetchFailedException: no block", FetchExecutorId = "2",
        FetchHost = "host2", ShuffleId = 0, MapIndex = 3, ReduceId = 1,
    };

    private static IEnumerable<SparkEvent> App(params SparkEvent[] events) => [.. Some.Start(), .. events, Some.End()];

    [Fact]
    public void Tasks_of_two_stages_that_run_at_once_stand_below_their_own()
    {
        StageInfo left = Some.Stage(0), right = Some.Stage(1);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=1, app.stage_attempts=2, app.tasks=2}
              job collect at job.py:7 100..170 {job.id=0, job.name=collect at job.py:7, job.result=succeeded, job.stages=2}
                stage map at job.py:0 110..161 {stage.id=0, stage.attempt=0, stage.name=map at job.py:0, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.04, stage.task_duration.p50=0.04, stage.task_duration.p75=0.04, stage.task_duration.p95=0.04, stage.task_duration.p99=0.04, stage.task_duration.max=0.04, stage.task_duration.skew=1}
                  task 120..160 {task.id=0, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
                stage map at job.py:1 111..151 {stage.id=1, stage.attempt=0, stage.name=map at job.py:1, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.029, stage.task_duration.p50=0.029, stage.task_duration.p75=0.029, stage.task_duration.p95=0.029, stage.task_duration.p99=0.029, stage.task_duration.max=0.029, stage.task_duration.skew=1}
                  task 121..150 {task.id=1, task.index=1, task.attempt=0, stage.id=1, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
            """,
            App(
                Some.Job(0, 100, [left, right]), Some.Submitted(left, 110), Some.Submitted(right, 111), Some.TaskStart(0, 0, 120), Some.TaskStart(1, 1, 121),
                Some.TaskEnd(1, 1, 121, 150, shuffleMap: true), Some.TaskEnd(0, 0, 120, 160, shuffleMap: true), Some.Completed(right, 111, 151), Some.Completed(left, 110, 161),
                Some.JobEnd(0, 170)));
    }

    [Fact]
    public void A_skipped_stage_links_through_its_rdd_to_the_stage_that_wrote_the_output()
    {
        StageInfo map = Some.Stage(0, rdd: 5), first = Some.Stage(1, parents: [0], rdd: 7), again = Some.Stage(2, rdd: 5), second = Some.Stage(3, parents: [2], rdd: 8);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=2, app.stage_attempts=3, app.tasks=3}
              job collect at job.py:7 100..150 {job.id=0, job.name=collect at job.py:7, job.result=succeeded, job.stages=2}
                stage map at job.py:0 110..121 {stage.id=0, stage.attempt=0, stage.name=map at job.py:0, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.009, stage.task_duration.p50=0.009, stage.task_duration.p75=0.009, stage.task_duration.p95=0.009, stage.task_duration.p99=0.009, stage.task_duration.max=0.009, stage.task_duration.skew=1}
                  task 111..120 {task.id=0, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
                stage map at job.py:1 130..141 {stage.id=1, stage.attempt=0, stage.name=map at job.py:1, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.009, stage.task_duration.p50=0.009, stage.task_duration.p75=0.009, stage.task_duration.p95=0.009, stage.task_duration.p99=0.009, stage.task_duration.max=0.009, stage.task_duration.skew=1}
                  > shuffle_input: stage map at job.py:0 0 0
                  task 131..140 {task.id=1, task.index=1, task.attempt=0, stage.id=1, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
              job collect at job.py:7 200..230 {job.id=1, job.name=collect at job.py:7, job.result=succeeded, job.stages=2, job.stages_skipped=1}
                stage map at job.py:3 210..221 {stage.id=3, stage.attempt=0, stage.name=map at job.py:3, job.id=1, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.009, stage.task_duration.p50=0.009, stage.task_duration.p75=0.009, stage.task_duration.p95=0.009, stage.task_duration.p99=0.009, stage.task_duration.max=0.009, stage.task_duration.skew=1}
                  > shuffle_input: stage map at job.py:0 0 0
                  task 211..220 {task.id=2, task.index=2, task.attempt=0, stage.id=3, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
            """,
            App(
                Some.Job(0, 100, [map, first]), Some.Submitted(map, 110), Some.TaskEnd(0, 0, 111, 120, shuffleMap: true), Some.Completed(map, 110, 121),
                Some.Submitted(first, 130), Some.TaskEnd(1, 1, 131, 140), Some.Completed(first, 130, 141), Some.JobEnd(0, 150),
                Some.Job(1, 200, [again, second]), Some.Submitted(second, 210), Some.TaskEnd(2, 3, 211, 220), Some.Completed(second, 210, 221), Some.JobEnd(1, 230)));
    }

    [Fact]
    public void A_skipped_stage_whose_output_nothing_told_of_links_to_nothing()
    {
        StageInfo again = Some.Stage(2, rdd: 5), second = Some.Stage(3, parents: [2], rdd: 8);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=1, app.stage_attempts=1, app.tasks=1}
              job collect at job.py:7 200..230 {job.id=1, job.name=collect at job.py:7, job.result=succeeded, job.stages=2, job.stages_skipped=1}
                stage map at job.py:3 210..221 {stage.id=3, stage.attempt=0, stage.name=map at job.py:3, job.id=1, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.009, stage.task_duration.p50=0.009, stage.task_duration.p75=0.009, stage.task_duration.p95=0.009, stage.task_duration.p99=0.009, stage.task_duration.max=0.009, stage.task_duration.skew=1}
                  task 211..220 {task.id=2, task.index=2, task.attempt=0, stage.id=3, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
            """,
            App(Some.Job(1, 200, [again, second]), Some.Submitted(second, 210), Some.TaskEnd(2, 3, 211, 220), Some.Completed(second, 210, 221), Some.JobEnd(1, 230)));
    }

    [Fact]
    public void A_fetch_failure_makes_new_attempts_which_link_to_both_attempts_that_wrote()
    {
        StageInfo map = Some.Stage(0, tasks: 2), reduce = Some.Stage(1, parents: [0]), map1 = Some.Stage(0, 1), reduce1 = Some.Stage(1, 1, parents: [0]);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=1, app.stage_attempts=4, app.stage_attempts_failed=1, app.tasks=5, app.tasks_failed=1}
              job collect at job.py:7 100..190 {job.id=0, job.name=collect at job.py:7, job.result=succeeded, job.stages=2}
                ! stage retried 150 {stage.id=0, stage.attempt=1}
                ! stage retried 170 {stage.id=1, stage.attempt=1}
                stage map at job.py:0 110..121 {stage.id=0, stage.attempt=0, stage.name=map at job.py:0, job.id=0, stage.tasks=2, stage.tasks_succeeded=2, stage.task_duration.min=0.009, stage.task_duration.p50=0.009, stage.task_duration.p75=0.009, stage.task_duration.p95=0.009, stage.task_duration.p99=0.009, stage.task_duration.max=0.009, stage.task_duration.skew=1}
                  task 111..120 {task.id=0, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
                  task 111..120 {task.id=1, task.index=1, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
                stage map at job.py:1 130..140 Error: org.apache.spark.shuffle.FetchFailedException: no block {stage.id=1, stage.attempt=0, stage.name=map at job.py:1, job.id=0, stage.tasks=1, stage.tasks_failed=1, error.type=org.apache.spark.shuffle.FetchFailedException}
                  ! exception 140 {exception.type=org.apache.spark.shuffle.FetchFailedException, exception.message=org.apache.spark.shuffle.FetchFailedException: no block}
                  > shuffle_input: stage map at job.py:0 0 0
                  task 131..141 Error: org.apache.spark.shuffle.FetchFailedException: no block {sparkobs.outside_parent=true, task.id=2, task.index=2, task.attempt=0, stage.id=1, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false, fetch_failure.executor.id=2, fetch_failure.executor.host=host2, fetch_failure.shuffle.id=0, fetch_failure.map.index=3, fetch_failure.reduce.id=1, error.type=FetchFailed}
                    ! exception 141 {exception.type=FetchFailed, exception.message=org.apache.spark.shuffle.FetchFailedException: no block}
                stage map at job.py:0 150..161 {stage.id=0, stage.attempt=1, stage.name=map at job.py:0, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.009, stage.task_duration.p50=0.009, stage.task_duration.p75=0.009, stage.task_duration.p95=0.009, stage.task_duration.p99=0.009, stage.task_duration.max=0.009, stage.task_duration.skew=1}
                  task 151..160 {task.id=3, task.index=3, task.attempt=0, stage.id=0, stage.attempt=1, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
                stage map at job.py:1 170..181 {stage.id=1, stage.attempt=1, stage.name=map at job.py:1, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.009, stage.task_duration.p50=0.009, stage.task_duration.p75=0.009, stage.task_duration.p95=0.009, stage.task_duration.p99=0.009, stage.task_duration.max=0.009, stage.task_duration.skew=1}
                  > shuffle_input: stage map at job.py:0 0 0
                  > shuffle_input: stage map at job.py:0 0 1
                  task 171..180 {task.id=4, task.index=4, task.attempt=0, stage.id=1, stage.attempt=1, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
            """,
            App(
                Some.Job(0, 100, [map, reduce]), Some.Submitted(map, 110), Some.TaskEnd(0, 0, 111, 120, shuffleMap: true), Some.TaskEnd(1, 0, 111, 120, shuffleMap: true),
                Some.Completed(map, 110, 121), Some.Submitted(reduce, 130), Some.TaskStart(2, 1, 131), Some.Completed(reduce, 130, 140, "org.apache.spark.shuffle.FetchFailedException: no block"),
                Some.TaskEnd(2, 1, 131, 141, failure: FetchFailed), Some.Submitted(map1, 150), Some.TaskEnd(3, 0, 151, 160, shuffleMap: true, stageAttempt: 1),
                Some.Completed(map1, 150, 161), Some.Submitted(reduce1, 170), Some.TaskEnd(4, 1, 171, 180, stageAttempt: 1), Some.Completed(reduce1, 170, 181), Some.JobEnd(0, 190)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stage_that_two_jobs_wait_for_stands_below_the_first_and_links_to_the_second(bool submittedFirst)
    {
        StageInfo map = Some.Stage(0), one = Some.Stage(1, parents: [0]), two = Some.Stage(2, parents: [0]);
        SparkEvent second = Some.Job(1, 105, [map, two]), submitted = Some.Submitted(map, 110);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=2, app.stage_attempts=3, app.tasks=3}
              job collect at job.py:7 100..143 {job.id=0, job.name=collect at job.py:7, job.result=succeeded, job.stages=2}
                stage map at job.py:0 110..121 {stage.id=0, stage.attempt=0, stage.name=map at job.py:0, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.009, stage.task_duration.p50=0.009, stage.task_duration.p75=0.009, stage.task_duration.p95=0.009, stage.task_duration.p99=0.009, stage.task_duration.max=0.009, stage.task_duration.skew=1}
                  > job: job collect at job.py:7 1
                  task 111..120 {task.id=0, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
                stage map at job.py:1 130..142 {stage.id=1, stage.attempt=0, stage.name=map at job.py:1, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.008, stage.task_duration.p50=0.008, stage.task_duration.p75=0.008, stage.task_duration.p95=0.008, stage.task_duration.p99=0.008, stage.task_duration.max=0.008, stage.task_duration.skew=1}
                  > shuffle_input: stage map at job.py:0 0 0
                  task 132..140 {task.id=1, task.index=1, task.attempt=0, stage.id=1, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
              job collect at job.py:7 105..145 {job.id=1, job.name=collect at job.py:7, job.result=succeeded, job.stages=2}
                stage map at job.py:2 131..144 {stage.id=2, stage.attempt=0, stage.name=map at job.py:2, job.id=1, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.008, stage.task_duration.p50=0.008, stage.task_duration.p75=0.008, stage.task_duration.p95=0.008, stage.task_duration.p99=0.008, stage.task_duration.max=0.008, stage.task_duration.skew=1}
                  > shuffle_input: stage map at job.py:0 0 0
                  task 133..141 {task.id=2, task.index=2, task.attempt=0, stage.id=2, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
            """,
            App(
                Some.Job(0, 100, [map, one]), submittedFirst ? submitted : second, submittedFirst ? second : submitted, Some.TaskEnd(0, 0, 111, 120, shuffleMap: true),
                Some.Completed(map, 110, 121), Some.Submitted(one, 130), Some.Submitted(two, 131), Some.TaskEnd(1, 1, 132, 140), Some.TaskEnd(2, 2, 133, 141),
                Some.Completed(one, 130, 142), Some.JobEnd(0, 143), Some.Completed(two, 131, 144), Some.JobEnd(1, 145)));
    }

    [Fact]
    public void A_stage_that_was_complete_before_the_second_job_began_is_skipped_by_it()
    {
        StageInfo map = Some.Stage(0), one = Some.Stage(1, parents: [0]), two = Some.Stage(2, parents: [0]);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=2, app.stage_attempts=3, app.tasks=3}
              job collect at job.py:7 100..143 {job.id=0, job.name=collect at job.py:7, job.result=succeeded, job.stages=2}
                stage map at job.py:0 110..121 {stage.id=0, stage.attempt=0, stage.name=map at job.py:0, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.009, stage.task_duration.p50=0.009, stage.task_duration.p75=0.009, stage.task_duration.p95=0.009, stage.task_duration.p99=0.009, stage.task_duration.max=0.009, stage.task_duration.skew=1}
                  task 111..120 {task.id=0, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
                stage map at job.py:1 130..142 {stage.id=1, stage.attempt=0, stage.name=map at job.py:1, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.008, stage.task_duration.p50=0.008, stage.task_duration.p75=0.008, stage.task_duration.p95=0.008, stage.task_duration.p99=0.008, stage.task_duration.max=0.008, stage.task_duration.skew=1}
                  > shuffle_input: stage map at job.py:0 0 0
                  task 132..140 {task.id=1, task.index=1, task.attempt=0, stage.id=1, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
              job collect at job.py:7 125..145 {job.id=1, job.name=collect at job.py:7, job.result=succeeded, job.stages=2, job.stages_skipped=1}
                stage map at job.py:2 131..144 {stage.id=2, stage.attempt=0, stage.name=map at job.py:2, job.id=1, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.008, stage.task_duration.p50=0.008, stage.task_duration.p75=0.008, stage.task_duration.p95=0.008, stage.task_duration.p99=0.008, stage.task_duration.max=0.008, stage.task_duration.skew=1}
                  > shuffle_input: stage map at job.py:0 0 0
                  task 133..141 {task.id=2, task.index=2, task.attempt=0, stage.id=2, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
            """,
            App(
                Some.Job(0, 100, [map, one]), Some.Submitted(map, 110), Some.TaskEnd(0, 0, 111, 120, shuffleMap: true), Some.Completed(map, 110, 121), Some.Job(1, 125, [map, two]),
                Some.Submitted(one, 130), Some.Submitted(two, 131), Some.TaskEnd(1, 1, 132, 140), Some.TaskEnd(2, 2, 133, 141),
                Some.Completed(one, 130, 142), Some.JobEnd(0, 143), Some.Completed(two, 131, 144), Some.JobEnd(1, 145)));
    }

    [Fact]
    public void The_losing_copy_of_a_speculated_task_is_no_failure()
    {
        var stage = Some.Stage(0);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=1, app.stage_attempts=1, app.tasks=2, app.tasks_killed=1}
              job collect at job.py:7 100..162 {job.id=0, job.name=collect at job.py:7, job.result=succeeded, job.stages=1}
                stage map at job.py:0 110..161 {stage.id=0, stage.attempt=0, stage.name=map at job.py:0, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.tasks_killed=1, stage.tasks_speculative=1, stage.task_duration.min=0.01, stage.task_duration.p50=0.01, stage.task_duration.p75=0.01, stage.task_duration.p95=0.01, stage.task_duration.p99=0.01, stage.task_duration.max=0.01, stage.task_duration.skew=1}
                  task 111..170 {sparkobs.outside_parent=true, task.id=0, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false, task.kill_reason=another attempt succeeded}
                  task 150..160 {task.id=1, task.index=1, task.attempt=1, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=true}
            """,
            App(
                Some.Job(0, 100, [stage]), Some.Submitted(stage, 110), Some.TaskStart(0, 0, 111), Some.TaskStart(1, 0, 150, attempt: 1, speculative: true),
                Some.TaskEnd(1, 0, 150, 160, attempt: 1, speculative: true), Some.Completed(stage, 110, 161), Some.JobEnd(0, 162), Some.TaskEnd(0, 0, 111, 170, failure: SpeculationLost)));
    }

    [Fact]
    public void A_task_that_is_told_again_as_resubmitted_is_one_span()
    {
        var stage = Some.Stage(0);
        var trace = Trace.OfEvents(App(
            Some.Job(0, 100, [stage]), Some.Submitted(stage, 110), Some.TaskStart(0, 0, 111), Some.TaskEnd(0, 0, 111, 120, shuffleMap: true),
            Some.TaskEnd(0, 0, 111, 130, failure: new TaskFailure { Reason = TaskEndReason.Resubmitted, ReasonName = "Resubmitted" }),
            Some.Completed(stage, 110, 140), Some.JobEnd(0, 150)));
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=1, app.stage_attempts=1, app.tasks=1}
              job collect at job.py:7 100..150 {job.id=0, job.name=collect at job.py:7, job.result=succeeded, job.stages=1}
                stage map at job.py:0 110..140 {stage.id=0, stage.attempt=0, stage.name=map at job.py:0, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.009, stage.task_duration.p50=0.009, stage.task_duration.p75=0.009, stage.task_duration.p95=0.009, stage.task_duration.p99=0.009, stage.task_duration.max=0.009, stage.task_duration.skew=1}
                  task 111..120 {task.id=0, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
            """,
            trace);
        Assert.Equal(1, trace.Counters.EventsIgnored);
    }

    [Fact]
    public void A_finish_time_in_a_tasks_start_means_nothing()
    {
        var stage = Some.Stage(0);
        var start = Some.TaskStart(0, 0, 111);
        start.Task.FinishTime = Some.T0 + 9_999_999;
        TraceTree.AssertIs(
            """
            application 0..111 Error: The application's end is not among its events: it was killed, or it still runs {sparkobs.incomplete=true, app.jobs=1, app.stage_attempts=1, error.type=incomplete}
              job collect at job.py:7 100..111 {sparkobs.incomplete=true, job.id=0, job.name=collect at job.py:7, job.stages=1}
                stage map at job.py:0 110..111 {sparkobs.incomplete=true, stage.id=0, stage.attempt=0, stage.name=map at job.py:0, job.id=0, stage.tasks=1, stage.tasks_unfinished=1}
                  task 111..111 {sparkobs.incomplete=true, task.id=0, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
            """,
            [.. Some.Start(), Some.Job(0, 100, [stage]), Some.Submitted(stage, 110), start]);
    }

    [Fact]
    public void A_task_may_start_after_its_stage_has_completed()
    {
        var stage = Some.Stage(0, tasks: 2);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=1, app.jobs_failed=1, app.stage_attempts=1, app.stage_attempts_failed=1, app.tasks=2, app.tasks_killed=1}
              job collect at job.py:7 100..122 Error: Job 0 cancelled {job.id=0, job.name=collect at job.py:7, job.result=cancelled, job.stages=1, error.type=cancelled}
                stage map at job.py:0 110..121 Error: Job 0 cancelled {stage.id=0, stage.attempt=0, stage.name=map at job.py:0, job.id=0, stage.tasks=2, stage.tasks_succeeded=1, stage.task_duration.min=0.009, stage.task_duration.p50=0.009, stage.task_duration.p75=0.009, stage.task_duration.p95=0.009, stage.task_duration.p99=0.009, stage.task_duration.max=0.009, stage.task_duration.skew=1, error.type=cancelled}
                  task 111..120 {task.id=0, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
                  task 119..130 {sparkobs.outside_parent=true, task.id=1, task.index=1, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false, task.kill_reason=another attempt succeeded}
            """,
            App(
                Some.Job(0, 100, [stage]), Some.Submitted(stage, 110), Some.TaskStart(0, 0, 111), Some.TaskEnd(0, 0, 111, 120), Some.Completed(stage, 110, 121, "Job 0 cancelled "),
                Some.TaskStart(1, 0, 119), Some.JobEnd(0, 122, "Job 0 cancelled "), Some.TaskEnd(1, 0, 119, 130, failure: SpeculationLost)));
    }

    [Fact]
    public void Tasks_that_never_end_are_counted_when_the_application_has_ended()
    {
        var stage = Some.Stage(0, tasks: 2);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=1, app.stage_attempts=1, app.tasks=1}
              job collect at job.py:7 100..122 {job.id=0, job.name=collect at job.py:7, job.result=succeeded, job.stages=1}
                stage map at job.py:0 110..121 {stage.id=0, stage.attempt=0, stage.name=map at job.py:0, job.id=0, stage.tasks=2, stage.tasks_succeeded=1, stage.task_duration.min=0.009, stage.task_duration.p50=0.009, stage.task_duration.p75=0.009, stage.task_duration.p95=0.009, stage.task_duration.p99=0.009, stage.task_duration.max=0.009, stage.task_duration.skew=1, stage.tasks_unfinished=1}
                  task 111..120 {task.id=0, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
                  task 112..10000 {sparkobs.incomplete=true, sparkobs.outside_parent=true, task.id=1, task.index=1, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
            """,
            App(
                Some.Job(0, 100, [stage]), Some.Submitted(stage, 110), Some.TaskStart(0, 0, 111), Some.TaskStart(1, 0, 112), Some.TaskEnd(0, 0, 111, 120),
                Some.Completed(stage, 110, 121), Some.JobEnd(0, 122)));
    }

    [Fact]
    public void Stages_without_their_job_stand_below_what_their_properties_tell()
    {
        StageInfo plain = Some.Stage(0), called = Some.Stage(1), queried = Some.Stage(2);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=1, app.stage_attempts=3}
              sql save at job.py:3 50..170 {sql.execution.id=4, sql.description=save at job.py:3}
                stage map at job.py:2 150..160 {stage.id=2, stage.attempt=0, stage.name=map at job.py:2, stage.tasks=1}
              stage map at job.py:0 110..120 {stage.id=0, stage.attempt=0, stage.name=map at job.py:0, stage.tasks=1}
            stage map at job.py:1 130..140 below aa.bb {stage.id=1, stage.attempt=0, stage.name=map at job.py:1, stage.tasks=1}
            """,
            App(
                Some.Sql(4, 50), Some.Submitted(plain, 110), Some.Completed(plain, 110, 120),
                Some.Submitted(called, 130, new JobProperties { Traceparent = "00-000000000000000000000000000000aa-00000000000000bb-01" }), Some.Completed(called, 130, 140),
                Some.Submitted(queried, 150, new JobProperties { ExecutionId = 9, RootExecutionId = 4 }), Some.Completed(queried, 150, 160), Some.SqlEnd(4, 170)));
    }

    [Fact]
    public void A_stage_that_a_failed_job_did_not_come_to_is_not_skipped()
    {
        StageInfo read = Some.Stage(0), ran = Some.Stage(1, parents: [0]), next = Some.Stage(2, parents: [1]);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=1, app.jobs_failed=1, app.stage_attempts=1, app.stage_attempts_failed=1, app.tasks=1}
              job collect at job.py:7 100..122 Error: x {job.id=0, job.name=collect at job.py:7, job.result=failed, job.stages=3, job.stages_skipped=1, job.stages_not_reached=1, error.type=failed}
                ! exception 122 {exception.type=failed, exception.message=Job aborted due to stage failure: x}
                stage map at job.py:1 110..121 Error: x {stage.id=1, stage.attempt=0, stage.name=map at job.py:1, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.009, stage.task_duration.p50=0.009, stage.task_duration.p75=0.009, stage.task_duration.p95=0.009, stage.task_duration.p99=0.009, stage.task_duration.max=0.009, stage.task_duration.skew=1, error.type=failed}
                  ! exception 121 {exception.type=failed, exception.message=Job aborted due to stage failure: x}
                  task 111..120 {task.id=0, task.attempt=0, stage.id=1, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
            """,
            App(
                Some.Job(0, 100, [read, ran, next]), Some.Submitted(ran, 110), Some.TaskEnd(0, 1, 111, 120), Some.Completed(ran, 110, 121, "Job aborted due to stage failure: x"),
                Some.JobEnd(0, 122, "Job aborted due to stage failure: x")));
    }

    [Fact]
    public void A_job_that_lists_a_stage_twice_has_it_once()
    {
        var stage = Some.Stage(0);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=1, app.jobs_failed=1}
              job collect at job.py:7 100..122 Error: Job 0 cancelled because killed via the Web UI {job.id=0, job.name=collect at job.py:7, job.result=cancelled, job.stages=2, job.stages_not_reached=1, error.type=cancelled}
            """,
            App(Some.Job(0, 100, [stage, stage]), Some.JobEnd(0, 122, "Job 0 cancelled because killed via the Web UI")));
    }

    [Fact]
    public void The_greatest_ids_there_are_do_no_harm()
    {
        var trace = Trace.OfEvents(App(
            Some.Job(int.MaxValue, 100, []), Some.JobEnd(int.MaxValue, 101), Some.Sql(long.MaxValue, 102), Some.SqlEnd(long.MaxValue, 103), Some.TaskEnd(long.MaxValue, int.MaxValue, 1, 2)));
        TraceRules.AssertHold(trace);
        Assert.Equal(5, trace.Spans.Count);
    }
}
