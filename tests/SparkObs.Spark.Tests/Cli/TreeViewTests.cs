using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Cli;

public sealed class TreeViewTests
{
    [Fact]
    public void Screen_shows_queries_jobs_stages_and_what_stands_out()
    {
        var screen = Report().Screen();
        File.WriteAllText("/tmp/screen.txt", screen);
        Assert.Equal("", screen);
    }

    private static HandMade Report()
    {
        var made = new HandMade();
        made.Task(11, 1, 200, 9_000).Task(11, 2, 200, 1_000).Task(11, 3, 200, 900).Task(11, 4, 300, 700);
        made.Stage(0, 11, 10, 150, 9_050, batch =>
        {
            batch.Set(SparkAttributes.StageTasks, 40);
            batch.Set(SparkAttributes.StageTaskDurationP50, 0.8);
            batch.Set(SparkAttributes.StageTaskDurationMax, 8.8);
            batch.Set(SparkAttributes.StageTaskDurationSkew, 11.0);
            batch.Set(TaskMetricKeys.StageKey(TaskMetric.InputBytesRead), 3L << 30);
            batch.Set(TaskMetricKeys.StageKey(TaskMetric.ShuffleBytesWritten), 5_000_000);
            batch.Set(TaskMetricKeys.StageKey(TaskMetric.MemoryBytesSpilled), 700L << 20);
            batch.Set(TaskMetricKeys.StageKey(TaskMetric.DiskBytesSpilled), 90L << 20);
            batch.Set(TaskMetricKeys.StageKey(TaskMetric.ExecutorRunTime), 20.0);
            batch.Set(TaskMetricKeys.StageKey(TaskMetric.JvmGcTime), 4.0);
        });
        made.Job(0, 10, 9, 100, 9_100, skipped: 2);
        made.Span("sql count at a.py:7", 9, 1, 50, 9_200, batch =>
        {
            batch.Set(SparkAttributes.ExecutionId, 0);
            batch.Set(SparkAttributes.SqlDescription, "count at a.py:7");
        });

        made.Task(21, 101, 9_600, 9_900, "ValueError: bad row 17").Task(21, 102, 9_600, 9_950, "ValueError: bad row 17").Task(21, 103, 9_600, 9_990, "KeyError: 'x'");
        made.Stage(1, 21, 20, 9_550, 10_000, batch =>
        {
            batch.Set(SparkAttributes.StageTasks, 4);
            batch.Set(SparkAttributes.StageTasksFailed, 3);
            batch.Set(SparkAttributes.StageTasksKilled, 1);
        }, error: "ValueError: bad row 17");
        made.Job(1, 20, 19, 9_500, 10_050, error: "ValueError: bad row 17");
        made.Span("sql", 19, 1, 9_400, 10_100, batch =>
        {
            batch.Set(SparkAttributes.ExecutionId, 1);
            batch.Set(SparkAttributes.SqlDescription, "insert into orders select * from staging where the day is today and the rest of it is long");
        }, error: "ValueError: bad row 17");

        made.Stage(2, 31, 30, 11_000, 11_800, batch => batch.Set(SparkAttributes.StageTasks, 2), error: "Job 2 cancelled by user");
        made.Job(2, 30, 1, 11_000, 12_000, error: "Job 2 cancelled by user", errorType: ErrorTypes.Cancelled);
        return made.Application(14_000, batch =>
        {
            batch.Set(SparkAttributes.AppSqlExecutions, 2);
            batch.Set(SparkAttributes.AppJobs, 3);
            batch.Set(SparkAttributes.AppJobsFailed, 2);
            batch.Set(SparkAttributes.AppStages, 3);
            batch.Set(SparkAttributes.AppTasks, 46);
            batch.Set(SparkAttributes.AppTasksFailed, 3);
        });
    }
}
