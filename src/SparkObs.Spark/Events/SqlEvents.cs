namespace SparkObs.Spark.Events;

/// <summary><c>SparkListenerSQLExecutionStart</c>.</summary>
internal sealed class SqlExecutionStart : SparkEvent
{
    public long ExecutionId { get; init; }

    /// <summary>Since Spark 3.4; its own id for a top execution.</summary>
    public long? RootExecutionId { get; init; }

    public string? Description { get; init; }
    public long Time { get; init; }
    public SqlPlan Plan { get; init; } = SqlPlan.None;

    /// <summary>Since Spark 3.5.</summary>
    public IReadOnlyList<string> JobTags { get; init; } = [];

    /// <summary>Since Spark 4.0.</summary>
    public string? JobGroup { get; init; }

    /// <summary>The plan is replaced again and again: the first one must not be held.</summary>
    public SqlExecutionStart WithoutPlan() =>
        new() { ExecutionId = ExecutionId, RootExecutionId = RootExecutionId, Description = Description, Time = Time, JobTags = JobTags, JobGroup = JobGroup };
}

/// <summary><c>SparkListenerSQLExecutionEnd</c>.</summary>
internal sealed class SqlExecutionEnd : SparkEvent
{
    public long ExecutionId { get; init; }
    public long Time { get; init; }

    /// <summary>Since Spark 3.4: empty when it went well. Null before.</summary>
    public string? ErrorMessage { get; init; }
}

/// <summary><c>SparkListenerSQLAdaptiveExecutionUpdate</c>: AQE planned again; the whole new plan.</summary>
internal sealed class SqlPlanUpdate : SparkEvent
{
    public long ExecutionId { get; init; }
    public SqlPlan Plan { get; init; } = SqlPlan.None;
}

/// <summary><c>SparkListenerSQLAdaptiveSQLMetricUpdates</c>: metrics of a plan inside a cached frame.</summary>
internal sealed class SqlMetricUpdate : SparkEvent
{
    public long ExecutionId { get; init; }
    public IReadOnlyList<SqlMetric> Metrics { get; init; } = [];
}

/// <summary><c>SparkListenerDriverAccumUpdates</c>: metrics that the driver itself measured.</summary>
internal sealed class DriverAccumUpdates : SparkEvent
{
    public long ExecutionId { get; init; }
    public IReadOnlyList<AccumulatorValue> Updates { get; init; } = [];
}

/// <summary>A physical plan: its text, and its nodes in preorder.</summary>
internal sealed class SqlPlan
{
    public static SqlPlan None { get; } = new();

    /// <summary><c>physicalPlanDescription</c>, at most <see cref="EventLimits.PlanText"/> bytes and 4 KiB (redaction comes before the last cut).</summary>
    public string? Text { get; init; }

    /// <summary>The first <see cref="EventLimits.PlanNodes"/> nodes of <c>sparkPlanInfo</c>, in preorder.</summary>
    public IReadOnlyList<SqlPlanNode> Nodes { get; init; } = [];

    /// <summary>How many nodes the plan has, kept or not.</summary>
    public int NodeCount { get; init; }

    public SqlPlan WithText(string? text) => new() { Text = text, Nodes = Nodes, NodeCount = NodeCount };
}

/// <summary>One node of a plan.</summary>
/// <param name="Depth">0 for the root.</param>
/// <param name="NodeName">Spark's <c>nodeName</c>.</param>
/// <param name="Text">Spark's <c>simpleString</c>.</param>
/// <param name="Metrics">Its metrics, without values.</param>
internal sealed record SqlPlanNode(int Depth, string NodeName, string Text, IReadOnlyList<SqlMetric> Metrics);

/// <summary>A SQL metric: its value comes by accumulator id.</summary>
/// <param name="Name">As Spark shows it, <c>number of output rows</c>.</param>
/// <param name="AccumulatorId">Unique in an application.</param>
/// <param name="Type"><c>sum</c>, <c>size</c>, <c>timing</c> (ms), <c>nsTiming</c> or <c>average</c>.</param>
internal readonly record struct SqlMetric(string Name, long AccumulatorId, string Type);
