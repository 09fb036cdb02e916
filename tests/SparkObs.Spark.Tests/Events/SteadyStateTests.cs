using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Events;

public sealed class SteadyStateTests
{
    [LogTheory]
    [InlineData("3.0.3/rdd-core")]
    [InlineData("3.5.3/many-tasks")]
    [InlineData("4.3.0/sql-aqe")]
    public void A_task_costs_no_allocation(string workload)
    {
        var reader = new EventReader();
        var tasks = TestLogs.Lines(workload)
            .Where(l => reader.Read(l, out var e) == LineOutcome.Event && e is TaskStart or TaskEnd { Failure: null }).ToArray();
        Assert.NotEmpty(tasks);

        // Code that is compiled anew while it runs, which another thread decides, allocates once: the least of some rounds is the reader's.
        Assert.Equal(0, Enumerable.Range(0, 10).Min(_ => AllocatedBy(reader, tasks)));
    }

    private static long AllocatedBy(EventReader reader, byte[][] lines)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var line in lines)
            reader.Read(line, out _);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
