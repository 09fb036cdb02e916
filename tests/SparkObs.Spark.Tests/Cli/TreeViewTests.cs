using SparkObs.Cli.Tree;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Cli;

public sealed class TreeViewTests
{
    [Fact]
    public void Screen_shows_queries_jobs_stages_and_what_stands_out() => Show("report", Report().Screen());

    [Fact]
    public void Screen_in_a_narrow_terminal_without_box_characters() => Show("ascii", Report().Screen(80, Glyphs.Ascii));

    [Fact]
    public void Streams_operations_and_callers_have_sections_of_their_own() => Show("sections", Sections().Screen());

    [Fact]
    public void Incomplete() => Show("incomplete", new HandMade().Job(0, 10, 1, 10, 500).Span(SpanNames.Application, 1, 0, 0, 900, b => b.Set(SparkAttributes.Incomplete, true), error: "the log ends without").Screen());

    [Fact]
    public void Fine() => Show("fine", new HandMade().Job(0, 10, 1, 10, 500).Application(600).Screen());

    [Fact]
    public void Hostile() => Show("hostile", new HandMade("[red]report[/] \u001b[31m\u202egnp.exe", "a\nb").Span("job \u001b]0;owned\u0007 日本語日本語日本語日本語日本語日本語日本語日本語日本語 [bold]x[/]", 10, 1, 0, 100, b => b.Set(SparkAttributes.JobId, 0), error: "boom\u001b[2J\nsecond line").Application(600).Screen());

    private static void Show(string n, string screen) => File.WriteAllText($"/tmp/screen-{n}.txt", screen);

    private static HandMade Sections()
    {
        var made = new HandMade("server");
        for (var batch = 0; batch < 3; batch++)
        {
            var trace = new TraceId(7, (ulong)batch + 1);
            var number = batch;
            made.Job(batch, (ulong)(100 + batch), (ulong)(200 + batch), 1000 * batch, 1000 * batch + 400);
            made.Span("batch orders", (ulong)(200 + batch), 0, 1000 * batch, 1000 * batch + 500, b =>
            {
                b.Set(SparkAttributes.QueryName, "orders");
                b.Set(SparkAttributes.QueryId, "0dd1");
                b.Set(SparkAttributes.RunId, "4f2e");
                b.Set(SparkAttributes.BatchId, number);
                b.Set(SparkAttributes.BatchInputRows, 1200);
                b.Set(SparkAttributes.BatchOffsetsBehind, number * 50);
            }, trace: trace);
        }
        made.Span("operation sql", 300, 0, 100, 2_000, b =>
        {
            b.Set(SparkAttributes.OperationId, "op-1");
            b.Set(SparkAttributes.OperationStatus, "FAILED");
            b.Set(SparkAttributes.SessionId, "s-1");
            b.Set(SparkAttributes.UserName, "ada");
        }, error: "[TABLE_OR_VIEW_NOT_FOUND] no such table", trace: new TraceId(8, 1));
        made.Span("job collect at b.py:1", 400, 77, 2_000, 3_000, b => b.Set(SparkAttributes.JobId, 9), trace: new TraceId(9, 1), remoteParent: true);
        return made.Application(4_000);
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
