using System.Diagnostics;

namespace SparkObs.Spark.Tests;

public sealed class SparkTracingTests : IDisposable
{
    private readonly FakeJvm jvm = new();
    private readonly List<string> notices = [];

    public SparkTracingTests() => Plugin.Notice = text =>
    {
        lock (notices)
            notices.Add(text);
    };

    public void Dispose() => jvm.Dispose();

    [Fact]
    public void Jobs_stand_below_the_innermost_span_and_none_stays_behind()
    {
        using var listening = new Listening();
        var spark = jvm.Session;
        List<string?> seen = [];

        using (var outer = spark.StartActivity("report"))
        {
            seen.Add(jvm.RunJob());
            using (var inner = jvm.Context.StartActivity("orders"))
            {
                seen.Add(jvm.RunJob());
                Assert.Equal(outer.Activity!.SpanId, inner.Activity!.ParentSpanId);
            }
            seen.Add(jvm.RunJob());
        }
        seen.Add(jvm.RunJob());

        var ended = listening.Ended.ToDictionary(activity => activity.OperationName, activity => activity.Id);
        Assert.Equal([ended["report"], ended["orders"], ended["report"], null], seen);
        Assert.Null(Activity.Current);
    }

    [Fact]
    public void A_span_costs_one_call_each_way()
    {
        using var listening = new Listening();
        var spark = jvm.Session;
        spark.Trace(() => { });
        var first = jvm.Calls.ToList();
        jvm.Calls.Clear();

        Assert.Equal(7, spark.Trace(() => 7));

        var id = listening.Ended.Last().Id;
        Assert.Equal(["Utils.classIsLoadable(io.sparkobs.CallerScope)", $"CallerScope.enter(session,{listening.Ended.First().Id})", "ThreadScope.leave(1)"], first);
        Assert.Equal([$"CallerScope.enter(session,{id})", "ThreadScope.leave(2)"], jvm.Calls);
        Assert.Equal([nameof(A_span_costs_one_call_each_way), nameof(A_span_costs_one_call_each_way)], listening.Ended.Select(activity => activity.OperationName));
        Assert.Empty(notices);
    }

    [Fact]
    public async Task No_job_stands_below_another_flows_span()
    {
        using var listening = new Listening();
        var spark = jvm.Session;
        // Threads of their own, and flows that move between the pool's.
        var threads = Enumerable.Range(0, 32).Select(i => Task.Factory.StartNew(() => FlowAsync(i).GetAwaiter().GetResult(), TaskCreationOptions.LongRunning));
        var flows = Enumerable.Range(32, 32).Select(i => Task.Run(() => FlowAsync(i)));

        await Task.WhenAll(threads.Concat(flows)).WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(64 * 21, listening.Ended.Count);
        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => Assert.Null(jvm.RunJob()))));
        Assert.Empty(notices);

        async Task FlowAsync(int number)
        {
            using var outer = ProgramSpans.Source.StartActivity($"flow {number}")!;
            for (var i = 0; i < 10; i++)
            {
                spark.Trace(() =>
                {
                    Assert.Equal(outer.SpanId, Activity.Current!.ParentSpanId);
                    Assert.Equal(Activity.Current.Id, jvm.RunJob());
                    spark.Trace(() => Assert.Equal(Activity.Current!.Id, jvm.RunJob()), "inner");
                    Assert.Equal(Activity.Current.Id, jvm.RunJob());
                }, "outer");
                await Task.Delay(Random.Shared.Next(3));
                Assert.Same(outer, Activity.Current);
            }
        }
    }

    [Fact]
    public void A_span_that_ends_on_another_thread_leaves_nothing_on_the_first()
    {
        using var listening = new Listening();
        var moved = jvm.Session.StartActivity("moved");
        string? others = "";
        var other = new Thread(() =>
        {
            using (jvm.Session.StartActivity("other"))
            {
                moved.Dispose();
                moved.Dispose();
                others = jvm.RunJob();
            }
        });
        other.Start();
        other.Join();

        Assert.Null(jvm.RunJob());
        Assert.Equal(listening.Ended.Single(activity => activity.OperationName == "other").Id, others);
        Assert.Equal(["moved", "other"], listening.Ended.Select(activity => activity.OperationName));
        Assert.Equal(["a span was started on one thread and ended on another: what Spark did after the await does not stand below it. Trace each action by itself, with Trace."], notices);
        Activity.Current = null;
    }

    [Fact]
    public void Ended_in_the_wrong_order_they_still_leave_nothing()
    {
        using var listening = new Listening();
        var outer = jvm.Session.StartActivity("outer");
        var inner = jvm.Session.StartActivity("inner");
        outer.Dispose();
        Assert.Equal(inner.Activity!.Id, jvm.RunJob());
        inner.Dispose();
        Assert.Null(jvm.RunJob());
        Activity.Current = null;
    }

    [Fact]
    public void An_exception_ends_the_span_as_failed_and_goes_on()
    {
        using var listening = new Listening();
        var thrown = new InvalidDataException("no such table\r\n  at line 2");

        Assert.Same(thrown, Assert.Throws<InvalidDataException>(() => jvm.Session.Trace(Fail, "load")));

        void Fail() => throw thrown;
        var activity = Assert.Single(listening.Ended);
        Assert.Equal((ActivityStatusCode.Error, "no such table"), (activity.Status, activity.StatusDescription));
        Assert.Equal([new("error.type", "System.IO.InvalidDataException")], activity.TagObjects);
        var e = Assert.Single(activity.Events);
        Assert.Equal("exception", e.Name);
        Assert.Equal([new("exception.type", "System.IO.InvalidDataException"), new("exception.message", thrown.Message)], e.Tags);
        Assert.Null(jvm.RunJob());
    }

    [Fact]
    public void Without_the_jar_it_warns_once_and_the_program_runs()
    {
        using var listening = new Listening();
        jvm.Classes.Clear();
        for (var i = 0; i < 3; i++)
            Assert.Null(jvm.Session.Trace(jvm.RunJob));

        Assert.Equal(3, listening.Ended.Count);
        Assert.Equal(["Utils.classIsLoadable(io.sparkobs.CallerScope)"], jvm.Calls);
        Assert.Equal("the driver's JVM has no sparkobs-shim.jar of this version: Spark's jobs are not put below the program's spans. Add it by --jars, or to $SPARK_HOME/jars.", Assert.Single(notices));
    }

    [Fact]
    public void A_jvm_that_fails_is_told_once_and_the_program_runs()
    {
        using var listening = new Listening();
        jvm.Session.Trace(() => { });
        jvm.Failure = new IOException("the backend is gone");
        var moved = jvm.Session.StartActivity("a");
        for (var i = 0; i < 3; i++)
            Assert.Equal(i, jvm.Session.Trace(() => i));
        moved.Dispose();

        Assert.Equal(5, listening.Ended.Count);
        Assert.Equal(["putting Spark's jobs below the program's span failed, and goes on without: the backend is gone"], notices);
    }

    [Fact]
    public void A_jvm_that_cannot_be_asked_is_not_asked_again()
    {
        using var listening = new Listening();
        jvm.Failure = new IOException("no such method");
        for (var i = 0; i < 3; i++)
            jvm.Session.Trace(() => { });

        Assert.Single(jvm.Calls);
        Assert.Equal(["asking for SparkObs's classes failed, and goes on without: no such method"], notices);
    }

    [Fact]
    public void Where_nobody_listens_jobs_stand_below_the_activity_that_is_current()
    {
        Assert.Null(jvm.Session.Trace(jvm.RunJob));
        Assert.Empty(jvm.Calls);

        using var own = new Activity("own").Start();
        Assert.Equal(own.Id, jvm.Session.Trace(jvm.RunJob));
    }

    [Fact]
    public void A_span_that_is_not_sampled_says_so()
    {
        using var listening = new Listening(ActivitySamplingResult.PropagationData);
        Assert.EndsWith("-00", jvm.Session.Trace(jvm.RunJob), StringComparison.Ordinal);
    }

    [Fact]
    public void The_tag_of_a_connect_client_is_that_of_the_current_activity()
    {
        Assert.Null(TraceTag.Current);
        using (var current = new Activity("a") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start())
            Assert.Equal($"traceparent=00-{current.TraceId}-{current.SpanId}-01", TraceTag.Current);
        using (new Activity("old").SetIdFormat(ActivityIdFormat.Hierarchical).Start())
            Assert.Null(TraceTag.Current);
    }
}
