using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Tree;

/// <summary>A stage attempt's totals, as far as the tree shows them. Times in milliseconds, sizes in bytes.</summary>
internal sealed class StageFacts
{
    // Below these a share or a ratio says more about the clock than about the stage.
    private const double LeastTaskMs = 1_000;
    private const double LeastRunTimeMs = 5_000;

    private const double SkewFrom = 2;
    private const double GcShareFrom = 0.10;
    private const double FetchWaitShareFrom = 0.10;
    private const double SchedulerDelayShareFrom = 0.25;

    public long Tasks { get; init; }
    public long Failed { get; init; }
    public long Killed { get; init; }
    public long Unfinished { get; init; }
    public double? MedianTaskMs { get; init; }
    public double? LongestTaskMs { get; init; }

    /// <summary>The longest task against the median.</summary>
    public double? SkewRatio { get; init; }

    public double RunTimeMs { get; init; }
    public double GcMs { get; init; }
    public double FetchWaitMs { get; init; }
    public double SchedulerDelayMs { get; init; }
    public long MemorySpilled { get; init; }
    public long DiskSpilled { get; init; }
    public long Input { get; init; }
    public long Output { get; init; }
    public long ShuffleRead { get; init; }
    public long ShuffleWritten { get; init; }

    public bool Skewed => SkewRatio >= SkewFrom && LongestTaskMs >= LeastTaskMs && Tasks > 1;

    public bool Spilled => MemorySpilled > 0 || DiskSpilled > 0;

    /// <summary>Of the tasks' run time; null when not worth a word. The same for the two below.</summary>
    public double? GcShare => Share(GcMs, RunTimeMs, GcShareFrom);

    public double? FetchWaitShare => Share(FetchWaitMs, RunTimeMs, FetchWaitShareFrom);

    /// <summary>Of run time and delay together.</summary>
    public double? SchedulerDelayShare => Share(SchedulerDelayMs, RunTimeMs + SchedulerDelayMs, SchedulerDelayShareFrom);

    public bool HasProblem =>
        Failed > 0 || Skewed || Spilled || GcShare is not null || FetchWaitShare is not null || SchedulerDelayShare is not null;

    public static StageFacts Read(SpanAttributes attributes) => new()
    {
        Tasks = attributes.Int(SparkAttributes.StageTasks) ?? 0,
        Failed = attributes.Int(SparkAttributes.StageTasksFailed) ?? 0,
        Killed = attributes.Int(SparkAttributes.StageTasksKilled) ?? 0,
        Unfinished = attributes.Int(SparkAttributes.StageTasksUnfinished) ?? 0,
        MedianTaskMs = attributes.Milliseconds(SparkAttributes.StageTaskDurationP50),
        LongestTaskMs = attributes.Milliseconds(SparkAttributes.StageTaskDurationMax),
        SkewRatio = attributes.Double(SparkAttributes.StageTaskDurationSkew),
        RunTimeMs = attributes.Milliseconds(Key(TaskMetric.ExecutorRunTime)) ?? 0,
        GcMs = attributes.Milliseconds(Key(TaskMetric.JvmGcTime)) ?? 0,
        FetchWaitMs = attributes.Milliseconds(Key(TaskMetric.ShuffleFetchWaitTime)) ?? 0,
        SchedulerDelayMs = attributes.Milliseconds(SparkAttributes.StageSchedulerDelay) ?? 0,
        MemorySpilled = attributes.Int(Key(TaskMetric.MemoryBytesSpilled)) ?? 0,
        DiskSpilled = attributes.Int(Key(TaskMetric.DiskBytesSpilled)) ?? 0,
        Input = attributes.Int(Key(TaskMetric.InputBytesRead)) ?? 0,
        Output = attributes.Int(Key(TaskMetric.OutputBytesWritten)) ?? 0,
        ShuffleRead = (attributes.Int(Key(TaskMetric.ShuffleRemoteBytesRead)) ?? 0) + (attributes.Int(Key(TaskMetric.ShuffleLocalBytesRead)) ?? 0),
        ShuffleWritten = attributes.Int(Key(TaskMetric.ShuffleBytesWritten)) ?? 0,
    };

    private static AttributeKey Key(TaskMetric metric) => TaskMetricKeys.StageKey(metric);

    private static double? Share(double part, double whole, double from) =>
        whole >= LeastRunTimeMs && part / whole > from ? part / whole : null;
}
