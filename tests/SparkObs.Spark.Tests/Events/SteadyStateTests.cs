using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Events;

public sealed class SteadyStateTests
{
    [Theory]
    [InlineData("3.0.3/rdd-core")]
    [InlineData("3.5.3/many-tasks")]
    [InlineData("4.3.0/sql-aqe")]
    public void A_task_costs_no_allocation(string workload)
    {
        var reader = new EventReader();
        var tasks = TestLogs.Lines(workload)
            .Where(l => reader.Read(l, out var e) == LineOutcome.Event && e is TaskStart or TaskEnd { Failure: null }).ToArray();
        Assert.NotEmpty(tasks);

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var line in tasks)
            reader.Read(line, out _);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
