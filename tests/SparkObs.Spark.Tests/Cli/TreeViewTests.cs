using SparkObs.Cli.Tree;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Cli;

public sealed class TreeViewTests
{
    [Fact]
    public void Queries_jobs_and_stages_are_drawn_with_what_stands_out() => Screens.Equal("hand-made", Report().Screen());

    [Fact]
    public void A_narrow_terminal_without_box_characters_gets_ascii()
    {
        var screen = Report().Screen(80, Glyphs.Ascii);
        Screens.Equal("hand-made-ascii", screen);
        Assert.All(screen, c => Assert.InRange(c, '\n', '~'));
    }

    [Fact]
    public void Streams_operations_and_callers_have_sections_of_their_own() => Screens.Equal("hand-made-sections", Sections().Screen());

    [Fact]
    public void An_application_without_its_end_is_incomplete() => Screens.Equal("hand-made-incomplete", new HandMade()
        .Job(0, 10, 1, 10, 500)
        .Span(SpanNames.Application, 1, 0, 0, 900, batch => batch.Set(SparkAttributes.Incomplete, true), error: "The end is missing")
        .Screen());

    [Fact]
    public void Nothing_stands_out_when_all_is_well() => Screens.Equal("hand-made-fine", new HandMade().Job(0, 10, 1, 10, 500).Application(600).Screen());

    [Fact]
    public void Hostile_names_are_shown_and_not_obeyed()
    {
        const string wide = "日本語日本語日本語日本語日本語日本語日本語日本語日本語";
        var screen = new HandMade("[red]report[/] \u001b[31m\u202egnp.exe\u200b", "a\nb")
            .Span($"job \u001b]0;owned\u0007 {wide} [bold]x[/]", 10, 1, 0, 100, batch => batch.Set(SparkAttributes.JobId, 0), error: "boom\u001b[2J\u009b1m\r\nsecond line")
            .Application(600)
            .Screen();
        Screens.Equal("hand-made-hostile", screen);
        Assert.DoesNotContain(screen, c => c is not '\n' && char.IsControl(c) || c is '\u202e' or '\u200b');
    }

    [Fact]
    public void Calls_say_where_the_time_went()
    {
        var made = new HandMade();
        for (var i = 0; i < 3; i++)
            made.Task(20, i, 100, 400).Call("S3.GetObject", 0x9000 + (ulong)i, 100, 200.25 + i, OfTask("s3", (CallAttribute.Bucket, "lake"), (CallAttribute.Key, $"orders/part-{i}.parquet")));
        made.Call("S3.PutObject", 0x9000, 100, 380, batch =>
            {
                OfTask("s3", (CallAttribute.Bucket, "lake"))(batch);
                batch.Set(SparkAttributes.CallsCount, 181);
                batch.Set(SparkAttributes.CallsFailed, 2);
                batch.Set(SparkAttributes.CallsDurationTotal, 2.9);
                batch.Set(SparkAttributes.CallsDurationMax, 0.05);
            })
            .Call("SELECT orders", 0x9001, 120, 1_320, OfTask("jdbc"), error: "no such table")
            .Call("hdfs.open", 0x9002, 120, 120.5, OfTask("fs", (CallAttribute.FileScheme, "hdfs"), (CallAttribute.FilePath, "/lake/\u001b[31mx")))
            .Stage(3, 20, 10, 90, 450, batch => batch.Set(SparkAttributes.StageTasks, 3)).Job(0, 10, 5, 80, 480)
            .Call("S3.ListObjectsV2", 5, 10, 30, Of("s3", (CallAttribute.Bucket, "lake"), (CallAttribute.Prefix, "orders/")))
            .Span("sql save at a.py:3", 5, 1, 5, 490, batch => batch.Set(SparkAttributes.ExecutionId, 0))
            .Application(600);

        Screens.Equal("hand-made-calls", made.Screen());

        static Action<SpanBatch> OfTask(string kind, params (CallAttribute Key, string Value)[] values) => batch =>
        {
            batch.Set(SparkAttributes.StageId, 3);
            batch.Set(SparkAttributes.StageAttempt, 0);
            Of(kind, values)(batch);
        };

        static Action<SpanBatch> Of(string kind, params (CallAttribute Key, string Value)[] values) => batch =>
        {
            batch.Set(CallKeys.Key(CallAttribute.Kind), kind);
            foreach (var (key, value) in values)
                batch.Set(CallKeys.Key(key), value);
        };
    }

    [Fact]
    public void Many_equal_jobs_are_folded_and_those_with_problems_are_not()
    {
        var made = new HandMade();
        for (var job = 0; job < 60; job++)
            made.Job(job, (ulong)(100 + job), 1, job * 100, job * 100 + 10 + job, error: job == 3 ? "KeyError: 'x'" : null);
        Screens.Equal("hand-made-folded", made.Application(6_100).Screen());
    }

    [Fact]
    public void Beyond_the_limit_spans_are_counted_and_failures_still_shown()
    {
        var sink = new TreeSink();
        for (ulong first = 0; first < TreeSink.MaxNodes + 1_000; first += 1_000)
        {
            var made = new HandMade();
            for (ulong i = 0; i < 1_000; i++)
                made.Job((long)(first + i), 10 + first + i, 1, 0, 10);
            made.HandTo(sink);
        }
        new HandMade().Job(77, 5, 1, 0, 10, error: "late but seen").Application(100).HandTo(sink);

        var tree = new ApplicationTree(sink);
        Assert.Equal(1_001, tree.Omitted);
        Assert.Equal(TreeSink.MaxNodes, tree.Application!.Children.Count);
        Assert.Single(tree.Application.Children, node => node.Error == "late but seen");
    }

    [Fact]
    public void Of_a_million_tasks_a_stage_keeps_the_slowest_and_the_errors_by_count()
    {
        var sink = new TreeSink();
        for (var round = 0; round < 100; round++)
        {
            var made = new HandMade();
            for (var i = 0; i < 10_000; i++)
                made.Task(50, round * 10_000 + i, 0, i % 997, i % 1_000 == 0 ? $"E{i / 1_000}" : null);
            made.HandTo(sink);
        }

        var notes = Assert.Single(sink.Nodes).Tasks!;
        Assert.Equal([996L, 996, 996], notes.Slowest.Select(task => task.DurationMs));
        Assert.Equal([("E0", 100L), ("E1", 100), ("E2", 100), ("E3", 100), ("E4", 100)], notes.Errors.Select(error => (error.Text, error.Count)));
        Assert.Equal(500, notes.OtherErrors);
    }

    [Fact]
    public void Spans_that_claim_each_other_as_parents_end_nothing()
    {
        var screen = new HandMade().Job(0, 10, 11, 0, 10).Job(1, 11, 10, 0, 10, error: "x").Job(2, 12, 1, 0, 20).Application(20).Screen();
        Assert.Contains("job 2", screen, StringComparison.Ordinal);
        Assert.DoesNotContain("job 1", screen, StringComparison.Ordinal);
    }

    private static HandMade Sections()
    {
        var made = new HandMade("server");
        for (var batch = 0; batch < 3; batch++)
        {
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
            }, trace: new TraceId(7, (ulong)batch + 1));
        }
        made.Span("operation sql", 300, 0, 100, 2_000, b =>
        {
            b.Set(SparkAttributes.OperationId, "op-1");
            b.Set(SparkAttributes.OperationStatus, "failed");
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
