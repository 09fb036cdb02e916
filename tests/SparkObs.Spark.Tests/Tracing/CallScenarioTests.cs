using CsCheck;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

public class CallScenarioTests
{
    private const string Sampled = "00-000000000000000000000000000000aa-00000000000000bb-01";

    private static readonly StageInfo One = Some.Stage(0);

    private static readonly SpanIds Ids = new(SpanIds.SeedOf("app-1", null));

    private static IEnumerable<SparkEvent> App(params IEnumerable<SparkEvent> events) => [.. Some.Start(), .. events, Some.End()];

    /// <summary>A job of one stage of one task, with the calls' line before the event at <paramref name="place"/>.</summary>
    private static List<SparkEvent> OneTask(int place, params CallsEvent[] lines)
    {
        List<SparkEvent> events =
        [
            .. Some.Start(), Some.Job(0, 100, [One]), Some.Submitted(One, 110), Some.TaskStart(7, 0, 120), Some.TaskEnd(7, 0, 120, 160), Some.Completed(One, 110, 161),
            Some.JobEnd(0, 170), Some.End(),
        ];
        events.InsertRange(place, lines);
        return events;
    }

    public static TheoryData<int> Places => [.. Enumerable.Range(0, 11)];

    [Theory]
    [MemberData(nameof(Places))]
    public void Calls_stand_below_their_task_whenever_they_are_told(int place)
    {
        var call = Some.Call(1, 125.25m, 10.5m, values: [Some.Value(CallAttribute.Kind, "s3"), Some.Value(CallAttribute.Bucket, "lake"), Some.Value(CallAttribute.StatusCode, 200)]);
        var failed = Some.Call(2, 140, 0.75m, "S3.HeadObject", "NoSuchBucket", "The bucket is not there");
        var several = new Call
        {
            Sequence = 3, Name = "S3.ListObjectsV2", StartUs = (Some.T0 + 121) * 1_000, DurationNs = 20_000_000, Totals = new CallTotals(12, 1, 15_500_000, 4_000_000),
            Values = [Some.Value(CallAttribute.ResponseSize, 4096)],
        };
        TraceTree.AssertIs(
            """
            application 0..10000 {app.jobs=1, app.stage_attempts=1, app.tasks=1}
              job collect at job.py:7 100..170 {job.id=0, job.name=collect at job.py:7, job.result=succeeded, job.stages=1}
                stage map at job.py:0 110..161 {stage.id=0, stage.attempt=0, stage.name=map at job.py:0, job.id=0, stage.tasks=1, stage.tasks_succeeded=1, stage.task_duration.min=0.04, stage.task_duration.p50=0.04, stage.task_duration.p75=0.04, stage.task_duration.p95=0.04, stage.task_duration.p99=0.04, stage.task_duration.max=0.04, stage.task_duration.skew=1}
                  task 120..160 {task.id=7, task.index=7, task.attempt=0, stage.id=0, stage.attempt=0, executor.id=1, executor.host=host, task.locality=ANY, task.speculative=false}
                    S3.ListObjectsV2 121..141 Client {task.id=7, stage.id=0, stage.attempt=0, executor.id=1, sparkobs.aggregated=true, sparkobs.calls.count=12, sparkobs.calls.failed=1, sparkobs.calls.duration.total=0.0155, sparkobs.calls.duration.max=0.004, http.response.body.size=4096}
                    S3.GetObject 125.25..135.75 Client {task.id=7, stage.id=0, stage.attempt=0, executor.id=1, sparkobs.call.kind=s3, aws.s3.bucket=lake, http.response.status_code=200}
                    S3.HeadObject 140..140.75 Client Error: The bucket is not there {task.id=7, stage.id=0, stage.attempt=0, executor.id=1, error.type=NoSuchBucket}
            """,
            Trace.OfEvents(OneTask(place, Some.Calls(7, call, failed), Some.Calls(7, several))));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Ids_are_a_function_of_task_and_sequence_and_what_is_told_again_makes_no_span(int place)
    {
        var trace = Trace.OfEvents([.. OneTask(place, Some.Calls(7, Some.Call(3, 125, 1), Some.Call(3, 125, 1))), Some.Calls(7, Some.Call(3, 125, 1))]);
        var call = Assert.Single(trace.Spans, span => span.Kind == SpanKind.Client);
        Assert.Equal((Ids.Id("call", "task.7.3"), Ids.Task(7)), (call.Id, call.Parent));
        Assert.Equal((3L, 1L, 2L, 0L), (trace.Counters.Calls.Told, trace.Counters.Calls.Written, trace.Counters.Calls.Repeated, trace.Counters.Calls.Omitted));
    }

    [Fact]
    public void A_call_by_another_clock_says_that_it_reaches_beyond_its_task()
    {
        var trace = Trace.OfEvents(OneTask(6, Some.Calls(7, Some.Call(0, 119.9m, 1), Some.Call(1, 155, 6), Some.Call(2, 155, 5.9m))));
        Assert.Equal([true, true, null], trace.Spans.Where(span => span.Kind == SpanKind.Client).OrderBy(span => span.StartMs).ThenByDescending(span => span.EndMs).Select(span => span[SparkAttributes.OutsideParent]));
        TraceRules.AssertHold(trace);
    }

    [Fact]
    public void What_only_has_sums_takes_the_times_of_its_task()
    {
        var bytes = new Call { Sequence = 1, Name = "hdfs", StartUs = 0, DurationNs = 0, Totals = new CallTotals(0, 0, 0, 0), Values = [Some.Value(CallAttribute.BytesRead, 77)] };
        var span = Assert.Single(Trace.OfEvents(OneTask(6, Some.Calls(7, bytes))).Spans, span => span.Kind == SpanKind.Client);
        Assert.Equal((Some.T0 + 120, Some.T0 + 160, 77L), (span.StartMs, span.EndMs, span[CallKeys.Key(CallAttribute.BytesRead)]));
    }

    [Fact]
    public void A_task_that_never_ends_is_written_with_its_calls()
    {
        var trace = Trace.OfEvents([.. Some.Start(), Some.Job(0, 100, [One]), Some.Submitted(One, 110), Some.TaskStart(7, 0, 120), Some.Calls(7, Some.Call(1, 130, 5)), Some.JobEnd(0, 170)]);
        TraceRules.AssertHold(trace);
        var call = Assert.Single(trace.Spans, span => span.Kind == SpanKind.Client);
        Assert.True(Assert.Single(trace.Spans, span => span.Id == call.Parent)[SparkAttributes.Incomplete] is true);
    }

    [Fact]
    public void Calls_of_a_task_that_no_event_tells_of_are_counted()
    {
        var trace = Trace.OfEvents(App(Some.Calls(7, Some.Call(1, 130, 5), Some.Call(2, 130, 5))));
        Assert.Single(trace.Spans);
        Assert.Equal((2L, 2L), (trace.Counters.Calls.WithoutTask, trace.Application[SparkAttributes.CallsOmitted]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_a_large_stage_only_the_calls_of_tasks_with_a_span_are_kept(bool callsFirst)
    {
        // The 50 slowest of 300 are 250 to 299; they are known at the stage's end.
        var stage = Some.Stage(0, tasks: 300);
        var tasks = Enumerable.Range(0, 300).SelectMany(i => InOrder(Some.Calls(i, Some.Call(1, 120, 1), Some.Call(2, 121, 1)), Some.TaskEnd(i, 0, 120, 130 + i)));
        var trace = Trace.OfEvents(App([Some.Job(0, 100, [stage]), Some.Submitted(stage, 110), .. tasks, Some.Completed(stage, 110, 500), Some.Calls(3, Some.Call(3, 122, 1)), Some.JobEnd(0, 510)]));

        TraceRules.AssertHold(trace);
        Assert.Equal(Enumerable.Range(250, 50).SelectMany(i => new[] { (long)i, i }), trace.Spans.Where(span => span.Kind == SpanKind.Client).Select(span => (long)span[SparkAttributes.TaskId]!).Order());
        var calls = trace.Counters.Calls;
        Assert.Equal((601L, 100L, 501L), (calls.Told, calls.Written, calls.OfOmittedTasks));
        var written = trace.Spans.Single(span => span.Is(SpanNames.Stage));
        Assert.Equal((500L, 500L, 0L, 501L), (written[SparkAttributes.CallsOmitted], written[SparkAttributes.CallsOmittedTask], written[SparkAttributes.CallsOmittedLimit], trace.Application[SparkAttributes.CallsOmitted]));

        IEnumerable<SparkEvent> InOrder(SparkEvent calls, SparkEvent end) => callsFirst ? [calls, end] : [end, calls];
    }

    [Fact]
    public void A_task_has_at_most_200_call_spans_however_they_come()
    {
        CallsEvent Line(int from) => Some.Calls(7, [.. Enumerable.Range(from, 150).Select(i => Some.Call(i, 125, 1))]);
        var trace = Trace.OfEvents([.. OneTask(6, Line(0), Line(150)), Line(300)]);
        var calls = trace.Counters.Calls;
        Assert.Equal((450L, 200L, 250L), (calls.Told, calls.Written, calls.BeyondLimit));
        Assert.Equal(100L, trace.Spans.Single(span => span.Is(SpanNames.Stage))[SparkAttributes.CallsOmittedLimit]);
    }

    [Fact]
    public void Calls_that_wait_are_bounded_and_the_least_recent_go_first()
    {
        var lines = Enumerable.Range(0, 400).Select(task => Some.Calls(task, [.. Enumerable.Range(0, 200).Select(i => Some.Call(i, 125, 1))]));
        var trace = Trace.OfEvents(App([.. lines, .. Enumerable.Range(0, 400).Select(i => Some.TaskEnd(i, 0, 120, 130))]), Trace.AllTasks);
        Assert.Equal((80_000L, 50_000L, 30_000L), (trace.Counters.Calls.Told, trace.Counters.Calls.Written, trace.Counters.Calls.BeyondLimit));
        Assert.Equal(150L, trace.Spans.Where(span => span.Kind == SpanKind.Client).Min(span => span[SparkAttributes.TaskId]));
    }

    [Fact]
    public void Calls_below_an_unsampled_caller_are_left_out_and_counted()
    {
        var unsampled = new JobProperties { Traceparent = Sampled[..^1] + "0" };
        var trace = Trace.OfEvents(App([
            Some.Job(0, 100, [One], unsampled), Some.Submitted(One, 110), Some.Calls(7, Some.Call(1, 125, 1)), Some.TaskEnd(7, 0, 120, 160), Some.Calls(7, Some.Call(2, 125, 1)),
            Some.CallsOutside(null, 0, Some.Call(3, 125, 1)), Some.Completed(One, 110, 161), Some.JobEnd(0, 170)]));
        Assert.Single(trace.Spans);
        Assert.Equal((3L, 3L, 0L), (trace.Counters.Calls.Told, trace.Counters.Calls.Unsampled, trace.Counters.Calls.Omitted));
    }

    [Fact]
    public void Calls_stand_in_the_trace_of_their_task()
    {
        var trace = Trace.OfEvents(App([
            Some.Job(0, 100, [One], new JobProperties { Traceparent = Sampled }), Some.Submitted(One, 110), Some.Calls(7, Some.Call(1, 125, 1)), Some.TaskEnd(7, 0, 120, 160),
            Some.Completed(One, 110, 161), Some.JobEnd(0, 170), Some.Calls(7, Some.Call(2, 125, 1))]));
        Assert.Equal([0xaaUL, 0xaaUL], trace.Spans.Where(span => span.Kind == SpanKind.Client).Select(span => span.Trace.Low));
    }

    [Fact]
    public void The_drivers_calls_stand_below_their_query_job_or_the_application()
    {
        Call Call(int sequence) => Some.Call(sequence, 125 + sequence, 0.5m);
        TraceTree.AssertIs(
            """
            application 0..10000 {app.sql_executions=1, app.jobs=1}
              sql save at job.py:3 100..200 {sql.execution.id=4, sql.description=save at job.py:3, sql.jobs=1}
                job 120..180 {job.id=2, job.name=, sql.execution.id=4, job.result=succeeded}
                  S3.GetObject 127..127.5 Client {job.id=2, executor.id=driver}
                S3.GetObject 125..125.5 Client {sql.execution.id=4, executor.id=driver}
                S3.GetObject 126..126.5 Client {sql.execution.id=4, executor.id=driver}
              S3.GetObject 128..128.5 Client {executor.id=driver}
              S3.GetObject 129..129.5 Client {executor.id=driver}
              S3.GetObject 130..130.5 Client {executor.id=driver}
            """,
            [
                Some.CallsOutside(4, null, Call(0)), Some.CallsOutside(null, null, Call(3)), .. Some.Start(), Some.Sql(4, 100), Some.CallsOutside(null, 2, Call(2)),
                Some.Job(2, 120, [], new JobProperties { ExecutionId = 4 }), Some.JobEnd(2, 180), Some.SqlEnd(4, 200), Some.CallsOutside(4, null, Call(1)), Some.CallsOutside(null, 2, Call(4)),
                Some.CallsOutside(99, null, Call(5)), Some.End(),
            ]);
    }

    [Fact]
    public void The_drivers_calls_wait_until_the_trace_of_their_query_is_known()
    {
        // The first job tells that the query belongs to a caller.
        var trace = Trace.OfEvents(App([
            Some.Sql(4, 100), Some.CallsOutside(4, null, Some.Call(0, 101, 1)), Some.Job(0, 110, [], new JobProperties { ExecutionId = 4, Traceparent = Sampled }),
            Some.JobEnd(0, 120), Some.SqlEnd(4, 130)]));
        TraceRules.AssertHold(trace);
        Assert.Equal((0xaaUL, Ids.Sql(4), Ids.Id("call", "driver.0")), Assert.Single(trace.Spans.Where(span => span.Kind == SpanKind.Client).Select(span => (span.Trace.Low, span.Parent, span.Id))));
    }

    [Fact]
    public void A_query_has_at_most_1000_call_spans()
    {
        var line = Some.CallsOutside(4, null, [.. Enumerable.Range(0, 900).Select(i => Some.Call(i, 101, 1))]);
        var more = Some.CallsOutside(4, null, [.. Enumerable.Range(900, 900).Select(i => Some.Call(i, 101, 1))]);
        var trace = Trace.OfEvents(App([Some.Sql(4, 100), line, Some.SqlEnd(4, 130), more]));
        Assert.Equal((1_800L, 1_000L, 800L), (trace.Counters.Calls.Told, trace.Counters.Calls.Written, trace.Counters.Calls.BeyondLimit));
    }

    [Fact]
    public void Calls_whose_task_nobody_could_tell_say_so()
    {
        var call = new Call { Sequence = 1, Name = "S3.UploadPart", StartUs = (Some.T0 + 5) * 1_000, DurationNs = 1, Attribution = "executor" };
        var span = Assert.Single(Trace.OfEvents(App([new CallsEvent { ExecutorId = "2", Calls = [call] }])).Spans, span => span.Kind == SpanKind.Client);
        Assert.Equal(("executor", "2", Ids.Application, Ids.Id("call", "2.1")), (span[SparkAttributes.CallAttribution], span[SparkAttributes.ExecutorId], span.Parent, span.Id));
    }

    [Fact]
    public void Secrets_are_redacted_and_long_texts_cut()
    {
        var call = Some.Call(1, 125, 1, "SELECT t", "E", "failed for https://me:hunter2@host/", [
            Some.Value(CallAttribute.FilePath, "abfs://me:hunter2@host/x" + new string('x', 9_000)), Some.Value(CallAttribute.DbText, new string('y', 20_000))]);
        var span = Assert.Single(Trace.OfEvents(OneTask(6, Some.Calls(7, call))).Spans, span => span.Kind == SpanKind.Client);
        Assert.DoesNotContain("hunter2", span.StatusMessage + span[CallKeys.Key(CallAttribute.FilePath)], StringComparison.Ordinal);
        Assert.Equal((4_094, 16_382), (((string)span[CallKeys.Key(CallAttribute.FilePath)]!).Length, ((string)span[CallKeys.Key(CallAttribute.DbText)]!).Length));
    }

    [Fact]
    public void Times_of_calls_do_not_end_what_never_ended()
    {
        var trace = Trace.OfEvents([.. Some.Start(), Some.Job(0, 100, []), Some.CallsOutside(null, null, Some.Call(1, 5_000, 1))]);
        Assert.Equal(Some.T0 + 100, trace.Application.EndMs);
        Assert.True(trace.Application[SparkAttributes.ChildrenOutside] is true);
    }

    /// <summary>Whatever comes when, each call has one span or is counted once, and each that has one has its parent in its trace.</summary>
    [Fact]
    public void Any_order_of_calls_and_tasks_keeps_the_rules()
    {
        Gen.Select(Gen.Int, Gen.Int[1, 40], Gen.Int[0, 30]).Sample((seed, tasks, lost) =>
        {
            var random = new Random(seed);
            var stages = new[] { Some.Stage(0, tasks: 10), Some.Stage(1, tasks: 1_000), Some.Stage(2, tasks: 5) };
            List<SparkEvent> events =
            [
                Some.Sql(0, 90), Some.Job(0, 100, [stages[0]], new JobProperties { ExecutionId = 0 }), Some.Job(1, 100, [stages[1]], new JobProperties { Traceparent = Sampled }),
                Some.Job(2, 100, [stages[2]], new JobProperties { Traceparent = Sampled[..^1] + "0" }), .. stages.Select(stage => Some.Submitted(stage, 110)),
                .. stages.Select(stage => Some.Completed(stage, 110, 300)), Some.JobEnd(0, 310), Some.JobEnd(1, 310), Some.JobEnd(2, 310), Some.SqlEnd(0, 320),
            ];
            var told = 0;
            for (var task = 0; task < tasks; task++)
            {
                var stage = random.Next(3);
                events.Add(Some.TaskStart(task, stage, 120));
                events.Add(Some.TaskEnd(task, stage, 120, 130 + random.Next(100), speculative: random.Next(5) == 0));
            }
            var sequence = 0;
            CallsEvent Line(Func<Call[], CallsEvent> line)
            {
                var calls = Enumerable.Range(0, random.Next(1, random.Next(10) == 0 ? 250 : 5)).Select(_ => Some.Call(sequence++, 100 + random.Next(150), random.Next(50))).ToArray();
                told += calls.Length;
                return line(calls);
            }
            for (var i = 0; i < tasks * 2; i++)
                events.Add(Line(calls => random.Next(4) == 0 ? Some.CallsOutside(random.Next(3) == 0 ? random.Next(2) : null, random.Next(3) == 0 ? random.Next(4) : null, calls) : Some.Calls(random.Next(tasks + 3), calls)));
            var shuffled = events.ToArray();
            random.Shuffle(shuffled);
            var kept = shuffled.Where(e => e is CallsEvent || random.Next(100) >= lost).ToList();
            var start = random.Next(3) == 0 ? random.Next(kept.Count) : 0;
            kept.InsertRange(start, Some.Start());

            var trace = Trace.OfEvents(kept, new TraceOptions { Selection = new TaskSelectionLimits { SlowestOfStage = 5, NotableOfStage = 3, TasksOfTrace = 30 } });

            TraceRules.AssertHold(trace);
            var counted = trace.Counters.Calls;
            Assert.Equal(told, counted.Told);
            Assert.Equal(told, counted.Written + counted.OfOmittedTasks + counted.BeyondLimit + counted.WithoutTask + counted.Unsampled + counted.Repeated);
            Assert.Equal(counted.Written, trace.Spans.Count(span => span.Kind == SpanKind.Client));
            Assert.All(trace.Spans.Where(span => span.Kind == SpanKind.Client).GroupBy(span => span[SparkAttributes.TaskId]), task => Assert.True(task.Key is null || task.Count() <= 200));
        }, iter: 400, threads: 1);
    }
}
