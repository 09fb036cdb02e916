using SparkObs.Spark.Bridge;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>One attribute as it is emitted or documented: on which span kind, event or link, or on the resource.</summary>
internal sealed record TelemetryAttribute(string Place, string Key, string Type);

/// <summary>All that the recorded logs, and events of what is rare, make SparkObs emit.</summary>
internal sealed class EmittedTelemetry
{
    private readonly HashSet<TelemetryAttribute> attributes = [];
    private readonly HashSet<(string Kind, string Event)> events = [];
    private readonly HashSet<(string Kind, string Link)> links = [];
    private readonly HashSet<(string Kind, SpanKind SpanKind)> kinds = [];

    public IReadOnlySet<TelemetryAttribute> Attributes => attributes;

    public IReadOnlySet<(string Kind, string Event)> Events => events;

    public IReadOnlySet<(string Kind, string Link)> Links => links;

    public IReadOnlySet<(string Kind, SpanKind SpanKind)> Kinds => kinds;

    public static async Task<EmittedTelemetry> AllAsync()
    {
        var all = new EmittedTelemetry();
        foreach (var workload in TestLogs.Counts.Keys.Select(file => string.Join('/', file.Split('/')[..2])).Distinct())
            all.Add(await Trace.OfLogAsync(TestLogs.Workload(workload)));
        foreach (var rare in Rarities())
            all.Add(rare);
        return all;
    }

    private void Add(Trace trace)
    {
        Add("resource", trace.Resource);
        foreach (var span in trace.Spans)
        {
            var kind = KindOf(span);
            kinds.Add((kind, span.Kind));
            Add(kind, span.Attributes);
            foreach (var e in span.Events)
            {
                events.Add((kind, e.Name));
                Add("event " + e.Name, e.Attributes);
            }
            foreach (var link in span.Links)
            {
                links.Add((kind, (string)link.Attributes.Single().Value));
                Add("link", link.Attributes);
            }
        }
    }

    private void Add(string place, IEnumerable<KeyValuePair<string, object>> found)
    {
        foreach (var (key, value) in found)
        {
            var name = key.StartsWith(SparkAttributes.BatchPhasePrefix, StringComparison.Ordinal) ? SparkAttributes.BatchPhasePrefix + "<phase>" : key;
            attributes.Add(new TelemetryAttribute(place, name, value switch { string => "string", long => "int", double => "double", bool => "bool", string[] => "string[]", _ => "int[]" }));
        }
    }

    private static string KindOf(TestSpan span) =>
        span.Kind == SpanKind.Client ? "call" : new[] { SpanNames.ApplicationStarted, SpanNames.JobStarted, SpanNames.ShuffleRead, SpanNames.ShuffleWrite, SpanNames.Application, SpanNames.Sql, SpanNames.Job, SpanNames.Stage, SpanNames.Task, SpanNames.Batch, SpanNames.Operation }
            .First(span.Is);

    private static IEnumerable<Trace> Rarities()
    {
        yield return Trace.OfEvents([
            .. Some.Start(), .. Enumerable.Range(0, 101).Select(i => new ExecutorExcluded { Time = Some.T0 + i, ExecutorId = "1", StageId = 0, StageAttempt = 0 }),
            new ApplicationStart(), Some.Job(0, 1, [], new JobProperties { Pool = "fair", Description = "mine", Tags = "a", JobGroup = "g" }), Some.JobEnd(0, 2),
            Some.Job(1, 3, [], new JobProperties { Traceparent = "00-000000000000000000000000000000aa-00000000000000bb-00" }), Some.End(50, exitCode: 3), Some.JobEnd(1, 60), Some.JobEnd(0, 60)]);
        yield return Trace.OfEvents([
            new EnvironmentUpdate { SparkProperties = new() { ["spark.master"] = "yarn", ["spark.submit.deployMode"] = "cluster" } },
            new ApplicationStart { AppId = "app", AppName = "name", AttemptId = "1", User = "ann", Time = Some.T0 }, new ExecutorRemoved { Time = Some.T0, ExecutorId = "1", Reason = "lost" }, Some.Job(0, 1, [])]);
        yield return Trace.OfLiveEvents([.. Some.Start(), Some.Sql(0, 1), Some.Job(0, 2, [], new JobProperties { ExecutionId = 0 })], Some.T0 + 20_000, exitCode: 137, EveryLoss().ForSpan(told: true));
        yield return WithEveryMetric();
        yield return WithManyRetries();
        yield return WithCalls();
        yield return WithLateChildren();
        yield return WithEveryField();
        yield return Trace.OfEvents([
            .. Some.Start(), Some.Sql(0, 1, tags: "traceparent=00-000000000000000000000000000000aa-00000000000000bb-01"), Some.Job(0, 2, [], new JobProperties { ExecutionId = 0, Traceparent = "00-000000000000000000000000000000cc-00000000000000dd-01" }),
            Some.JobEnd(0, 3), Some.SqlEnd(0, 4), Some.End()]);
        yield return Trace.OfEvents([
            .. Some.Start(), Some.Job(0, 2, [], Some.OfBatch("a", "b", 0, traceparent: "00-000000000000000000000000000000cc-00000000000000dd-01")), Some.JobEnd(0, 3),
            Some.Operation(ConnectPhase.Started, "op", 4), Some.Job(1, 5, [], Some.OfBatch("c", "d", 0, tags: Some.OperationTag("op")))]);
        var huge = new SqlPlan { Text = new string('p', 17 * 1024 * 1024) };
        yield return Trace.OfEvents([.. Some.Start(), Some.Sql(0, 1, plan: huge), Some.Sql(1, 1, plan: huge), Some.SqlEnd(0, 2), Some.SqlEnd(1, 2)]);
    }

    private static EventLedger EveryLoss() => new()
    {
        Posted = 9, Delivered = 2, Ignored = 1, BusDropped = 1, Failed = 1, DroppedTasks = 1, Unreadable = 1, LostWithBridge = 1, LostWithDriver = 1,
    };

    private static Trace WithEveryMetric()
    {
        var stage = Some.Stage(0, tasks: 1_000);
        var tasks = new List<SparkEvent>();
        for (var i = 0; i < 1_200; i++)
        {
            var task = Some.TaskEnd(i, 0, 10, 30, attempt: i % 2, failure: i != 1 ? null : new TaskFailure { Reason = TaskEndReason.FetchFailed, ReasonName = "FetchFailed", FetchExecutorId = "2", FetchHost = "h", ShuffleId = 1, MapIndex = 2, ReduceId = 3 });
            task.Task.PartitionId = i;
            task.Task.GettingResultTime = Some.T0 + 25;
            for (var metric = 0; metric < TaskMetrics.Count; metric++)
                task.Metrics.Set((TaskMetric)metric, metric + 1);
            tasks.Add(task);
        }
        return Trace.OfEvents([
            .. Some.Start(), Some.Job(0, 1, [stage]), Some.Submitted(stage, 2), .. tasks, Some.TaskStart(5_000, 0, 20), Some.TaskEnd(5_001, 0, 20, 25, attempt: 1, failure: new TaskFailure { Reason = TaskEndReason.TaskKilled, Message = "lost" }),
            Some.Completed(stage, 2, 40), Some.JobEnd(0, 50), Some.End()]);
    }

    /// <summary>Of a task, of a task without a span, beyond the limit, of a query, a job and the application.</summary>
    private static Trace WithCalls()
    {
        var stage = Some.Stage(0, tasks: 1_000);
        CallValue[] all = [.. CallAttributes.All.Select((attribute, place) =>
            attribute.Type == CallAttributeType.Number ? Some.Value((CallAttribute)place, place) : Some.Value((CallAttribute)place, "text"))];
        var aggregate = new Call { Sequence = 2, Name = "S3.GetObject", StartUs = Some.T0 * 1_000, DurationNs = 5, Attribution = "executor", Totals = new CallTotals(3, 1, 12, 7) };
        return Trace.OfEvents([
            .. Some.Start(), Some.Sql(0, 1), Some.Job(0, 1, [stage], new JobProperties { ExecutionId = 0 }), Some.Submitted(stage, 2),
            .. Enumerable.Range(0, 100).SelectMany(i => new SparkEvent[] { Some.Calls(i, [.. Enumerable.Range(0, 210).Select(call => Some.Call(call, 20, 1, values: all))]), Some.TaskEnd(i, 0, 10, 20 + i) }),
            Some.Completed(stage, 2, 200), Some.CallsOutside(0, null, Some.Call(0, 3, 1)), Some.CallsOutside(null, 0, Some.Call(1, 3, 1)), Some.CallsOutside(null, null, aggregate),
            Some.JobEnd(0, 210), Some.SqlEnd(0, 220), Some.End(300)]);
    }

    private static Trace WithManyRetries()
    {
        var attempts = Enumerable.Range(0, 110).Select(attempt => Some.Stage(0, attempt)).ToList();
        return Trace.OfEvents([.. Some.Start(), Some.Job(0, 1, [attempts[0], Some.Stage(1)]), Some.Job(1, 1, [attempts[0]]), .. attempts.Select(stage => Some.Submitted(stage, 2)), Some.JobEnd(0, 50, "failed"), Some.End()]);
    }

    /// <summary>Children of each kind that were written before their parent's end was told, and end after it; and after it was told.</summary>
    private static Trace WithLateChildren()
    {
        var stage = Some.Stage(0);
        return Trace.OfEvents([
            .. Some.Start(), Some.Sql(0, 1, root: 0), Some.Job(0, 2, [stage], new JobProperties { ExecutionId = 0 }), Some.Submitted(stage, 3), Some.TaskStart(0, 0, 4), Some.TaskEnd(1, 0, 4, 90),
            Some.Completed(stage, 3, 80), Some.TaskEnd(0, 0, 4, 95), Some.JobEnd(0, 70), Some.Sql(1, 20, root: 0), Some.SqlEnd(1, 85), Some.SqlEnd(0, 60),
            Some.Operation(ConnectPhase.Started, "op", 5), Some.Job(1, 6, [], new JobProperties { Tags = Some.OperationTag("op") }), Some.JobEnd(1, 50), Some.Operation(ConnectPhase.Closed, "op", 40),
            Some.Job(2, 7, [], Some.OfBatch("a", "b", 0)), Some.Progress("a", "b", 0, 6, 5, "addBatch"), Some.End(30)]);
    }

    private static Trace WithEveryField() => Trace.OfEvents([
        .. Some.Start(),
        new QueryProgress
        {
            Id = "a", RunId = "b", Name = "n", BatchId = 4, Time = Some.T0, BatchDuration = 20, Watermark = "w", Sink = "s", SinkRows = 1, Phases = [new("addBatch", 12)],
            Sources = [new StreamSource("Kafka", 10, "{}", null, 2.5, 100)], StateOperators = [new StateOperator("x", 1, 2, 3, 4, 5)],
        },
        new ConnectOperation
        {
            Phase = ConnectPhase.Started, OperationId = "op", Time = Some.T0 + 10, SessionId = "s", UserId = "u", UserName = "Ann", StatementText = "limit { x: 1 }", Tags = ["nightly"],
        },
        new ConnectOperation { Phase = ConnectPhase.Finished, OperationId = "op", Time = Some.T0 + 21, ProducedRowCount = 3 },
        new SqlExecutionStart { ExecutionId = 0, RootExecutionId = 7, JobGroup = "g", JobTags = ["t"], Time = Some.T0 + 1, Description = "d" }, Some.SqlEnd(0, 5), Some.End()]);
}
