using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>Measures the heap, so nothing else may run.</summary>
[CollectionDefinition(nameof(BoundedMemoryTests), DisableParallelization = true)]
public class AloneCollection;

/// <summary>What never ends, and what has ended, must not fill the memory of whoever watches a driver for months.</summary>
[Collection(nameof(BoundedMemoryTests))]
public class BoundedMemoryTests
{
    private const int PlanChars = 20_000;

    [Fact]
    public void Applications_whose_work_ends_leave_little_behind() => AssertBounded(40, Enumerable.Range(0, 30_000).SelectMany(Work));

    [Fact]
    public void Jobs_and_executions_that_never_end() =>
        AssertBounded(250, Enumerable.Range(0, 60_000).SelectMany(i => Work(i).Where(e => e is not (JobEnd or SqlExecutionEnd or StageCompleted or TaskEnd))));

    [Fact]
    public void Tasks_that_never_end() =>
        AssertBounded(60, Enumerable.Range(0, 1_000_000).Select(i => Some.TaskStart(i, i % 100, i)));

    [Fact]
    public void Tasks_without_a_stage() =>
        AssertBounded(60, Enumerable.Range(0, 200_000).Select(i => Some.TaskEnd(i, i, i, i + 5)));

    [Fact]
    public void Streams_that_never_end() =>
        AssertBounded(60, Enumerable.Range(0, 100_000).SelectMany(i => new SparkEvent[]
        {
            new QueryStarted { Id = $"{i:x8}", RunId = $"{i:x8}", Name = $"stream {i}", Time = i, JobTags = [Some.OperationTag($"op {i}")] },
            new SqlExecutionStart { ExecutionId = i, Time = i, Description = Some.BatchDescription($"{i:x8}", $"{i:x8}", 0) },
            new QueryProgress { Id = $"{i:x8}", RunId = $"{i:x8}", BatchId = 1, Time = i, Phases = [new("addBatch", 5)], Sink = new string('s', 500) },
        }));

    [Fact]
    public void Connect_operations_that_never_end() =>
        AssertBounded(400, Enumerable.Range(0, 100_000).Select(i =>
            new ConnectOperation { Phase = ConnectPhase.Started, OperationId = $"op {i}", Time = i, StatementText = new string('x', 16_000) }));

    [Fact]
    public void Traces_without_number() =>
        AssertBounded(60, Enumerable.Range(0, 300_000).SelectMany(i => new SparkEvent[]
        {
            Some.Job(i, i, [], new JobProperties { Traceparent = $"00-{i + 1:x32}-00000000000000aa-01" }),
            Some.JobEnd(i, i + 1),
        }));

    [Fact]
    public void Calls_whose_parents_no_event_tells_of() =>
        AssertBounded(80, Enumerable.Range(0, 30_000).SelectMany(i => new SparkEvent[]
        {
            Some.Calls(i, [.. Enumerable.Range(0, 20).Select(call => Some.Call(call, i, 1, values: Some.Value(CallAttribute.Key, new string('k', 500))))]),
            Some.CallsOutside(i, null, Some.Call(i, i, 1, message: new string('m', 5_000), error: "E")),
        }));

    [Fact]
    public void Calls_of_tasks_that_end() =>
        AssertBounded(60, Enumerable.Range(0, 200_000).SelectMany(i => new SparkEvent[]
        {
            Some.TaskStart(i, i % 100, i), Some.Calls(i, Some.Call(0, i, 1)), Some.TaskEnd(i, i % 100, i, i + 5), Some.Calls(i, Some.Call(1, i, 1)), Some.CallsOutside(null, null, Some.Call(i, i, 1)),
        }));

    [Fact]
    public void Executors_that_come_and_go() =>
        AssertBounded(10, Enumerable.Range(0, 300_000).SelectMany(i => new SparkEvent[]
        {
            new ExecutorAdded { Time = i, ExecutorId = $"{i}" },
            new ExecutorExcluded { Time = i, ExecutorId = $"{i}", TaskFailures = 2 },
            new ExecutorRemoved { Time = i, ExecutorId = $"{i}", Reason = new string('r', 1_000) },
        }));

    /// <summary>A SQL execution with a plan, its job, and two stages of one task each.</summary>
    private static IEnumerable<SparkEvent> Work(int i)
    {
        var plan = new SqlPlan { Text = new string('p', PlanChars), NodeCount = 1, Nodes = [new SqlPlanNode(0, "Scan", "Scan " + i, [new SqlMetric("rows", i, "sum")])] };
        StageInfo map = Some.Stage(2 * i, rdd: 2 * i), reduce = Some.Stage((2 * i) + 1, parents: [2 * i], rdd: (2 * i) + 1);
        yield return new SqlExecutionStart { ExecutionId = i, Time = i, Plan = plan, Description = $"save at job{i}.py:12" };
        yield return new SqlPlanUpdate { ExecutionId = i, Plan = plan.WithText(new string('q', PlanChars)) };
        yield return Some.Job(i, i, [map, reduce], new JobProperties { ExecutionId = i, Description = new string('d', 1_000) });
        foreach (var stage in new[] { map, reduce })
        {
            yield return Some.Submitted(stage, i);
            yield return Some.TaskStart(stage.StageId, stage.StageId, i);
            yield return Some.TaskEnd(stage.StageId, stage.StageId, i, i + 5, shuffleMap: true);
            yield return Some.Completed(stage, i, i + 6);
        }
        yield return Some.JobEnd(i, i + 7);
        yield return new SqlExecutionEnd { ExecutionId = i, Time = i + 8, ErrorMessage = "" };
    }

    private static void AssertBounded(int megabytes, IEnumerable<SparkEvent> events)
    {
        var pool = new SpanBatchPool();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var builder = new TraceBuilder(new TraceOptions(), pool);
        foreach (var e in Some.Start().Concat(events))
        {
            builder.Add(e);
            builder.TakeBatch()?.Return();
        }

        var held = (GC.GetTotalMemory(forceFullCollection: true) - before) >> 20;
        Assert.InRange(held, long.MinValue, megabytes);
        builder.Complete();
        Assert.True(builder.TakeBatch()!.Count > 0);
    }
}
