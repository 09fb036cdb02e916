using System.Globalization;
using System.Text;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>A SQL execution, with the plan that ran and its metrics' final values. It exists even without a job.</summary>
internal sealed class SqlSpan : OpenSpan
{
    /// <summary>Metrics of cached frames' inner plans that are shown.</summary>
    private const int MaxCachedMetrics = 100;

    /// <summary>Values kept of one execution: 1,000 nodes of 40 metrics each, and as many again from plans that AQE gave up.</summary>
    private const int MaxMetricValues = 80_000;

    /// <summary>Deeper nodes are drawn no further to the right.</summary>
    private const int MaxIndent = 40;

    private readonly Dictionary<long, long> metricValues = [];
    private readonly List<SqlMetric> cachedMetrics = [];
    private int replans;
    private bool planOmitted;

    public required long ExecutionId { get; init; }

    /// <summary>How it began; null once the span is written, as is the plan.</summary>
    public SqlExecutionStart? Start { get; private set; }

    /// <summary>The execution that this one is nested in, or null.</summary>
    public SqlSpan? Root { get; init; }

    /// <summary>The micro-batch that it belongs to.</summary>
    public BatchSpan? Batch { get; set; }

    /// <summary>The plan that runs: the last that AQE told.</summary>
    public SqlPlan Plan { get; private set; } = SqlPlan.None;

    /// <summary>What the plan takes, in bytes, roughly.</summary>
    public long PlanBytes { get; private set; }

    /// <summary>Spark's word of the end: empty when it went well; null before 3.4, where only the jobs tell.</summary>
    public string? ErrorMessage { get; set; }

    /// <summary>The first failure of its jobs, or of those of an execution nested in it.</summary>
    public Failure? JobFailure { get; set; }

    public int Jobs { get; set; }

    public int JobsFailed { get; set; }

    /// <summary>Jobs of it, and executions nested in it, that have not ended.</summary>
    public int RunningChildren { get; set; }

    public bool Written => Start is null;

    public static SqlSpan Of(SqlExecutionStart start, SqlSpan? root, SpanId id) =>
        new() { Id = id, ExecutionId = start.ExecutionId, Start = start.WithoutPlan(), Root = root, StartMs = start.Time, Plan = start.Plan, PlanBytes = BytesOf(start.Plan) };

    public void Replan(SqlPlan plan)
    {
        Plan = plan;
        PlanBytes = BytesOf(plan);
        planOmitted = false;
        replans++;
    }

    /// <summary>The plans of all open executions take too much. The span says so.</summary>
    public void OmitPlan()
    {
        Plan = SqlPlan.None;
        PlanBytes = 0;
        planOmitted = true;
    }

    /// <summary>A driver's metric is set, not added up: the last value holds.</summary>
    public void SetMetric(AccumulatorValue value)
    {
        if (metricValues.Count < MaxMetricValues || metricValues.ContainsKey(value.Id))
            metricValues[value.Id] = value.Value;
    }

    /// <summary>A stage tells the sum so far over all stages that share the metric: the greatest is the last.</summary>
    public void RaiseMetric(AccumulatorValue value)
    {
        if (!metricValues.TryGetValue(value.Id, out var known) || known < value.Value)
            SetMetric(value);
    }

    public void AddCachedMetrics(IReadOnlyList<SqlMetric> metrics)
    {
        foreach (var metric in metrics)
        {
            if (cachedMetrics.Count < MaxCachedMetrics && !cachedMetrics.Contains(metric))
                cachedMetrics.Add(metric);
        }
    }

    /// <summary>
    /// Why it failed, or null. Who cancels a query's jobs gets told of an interruption, or of an error around the cancellation: it was
    /// cancelled all the same.
    /// </summary>
    public Failure? FailureOf(SafeText text)
    {
        if (EndMs is null)
            return null;
        if (ErrorMessage is null)
            return JobFailure;
        if (ErrorMessage.Length == 0)
            return null;
        var failure = Failure.Of(ErrorMessage, text);
        var aroundCancellation = failure.Type == "java.lang.InterruptedException" || (JobFailure is not null && ErrorMessage.Contains(JobFailure.Cause, StringComparison.Ordinal));
        return JobFailure is { IsCancelled: true } && aroundCancellation ? JobFailure : failure;
    }

    /// <summary>Writes the span and lets go of all but what tells who it was.</summary>
    public void Write(Failure? failure, SpanOutput output, SafeText text)
    {
        if (Start is { } start)
            Write(start, failure, output, text);
        Start = null;
        Plan = SqlPlan.None;
        PlanBytes = 0;
        ErrorMessage = null;
        JobFailure = null;
        metricValues.Clear();
        metricValues.TrimExcess();
        cachedMetrics.Clear();
        cachedMetrics.TrimExcess();
    }

    private void Write(SqlExecutionStart start, Failure? failure, SpanOutput output, SafeText text)
    {
        var description = start.Description is { Length: > 0 } given ? text.Name(given) : null;
        if (output.Begin(this, SpanNames.WithCallSite(SpanNames.Sql, description)) is not { } batch)
            return;
        batch.Set(SparkAttributes.ExecutionId, ExecutionId);
        if (start.RootExecutionId is { } root && root != ExecutionId)
            batch.Set(SparkAttributes.RootExecutionId, root);
        batch.Set(SparkAttributes.SqlDescription, description);
        batch.Set(SparkAttributes.JobGroup, start.JobGroup is { } group ? text.Name(group) : null);
        if (start.JobTags.Count > 0)
            batch.Set(SparkAttributes.JobTags, [.. start.JobTags.Select(text.NameInList)]);
        batch.Set(SparkAttributes.SqlJobs, Jobs);
        batch.Set(SparkAttributes.SqlJobsFailed, JobsFailed);
        WritePlan(batch, text);
        if (failure is not null)
        {
            batch.SetError(failure);
            batch.AddException(failure, EndMs ?? output.LastEventMs);
        }
        output.End();
    }

    private void WritePlan(SpanBatch batch, SafeText text)
    {
        batch.Set(SparkAttributes.SqlPlan, Plan.Text is { Length: > 0 } plan ? text.PlanText(plan) : null);
        if (Plan.NodeCount > 0)
        {
            batch.Set(SparkAttributes.SqlPlanNodeCount, Plan.NodeCount);
            batch.Set(SparkAttributes.SqlPlanNodes, [.. Plan.Nodes.Select(node => text.PlanNode(Line(node, text)))]);
            batch.Set(SparkAttributes.SqlBroadcasts, Plan.Nodes.Count(node => node.NodeName == "BroadcastExchange"));
        }
        if (planOmitted)
            batch.Set(SparkAttributes.PlanOmitted, true);
        batch.Set(SparkAttributes.SqlReplans, replans);
        if (cachedMetrics.Count == 0)
            return;
        var cached = new List<string>();
        foreach (var metric in cachedMetrics)
        {
            if (ValueOf(metric) is { } value)
                cached.Add($"{text.Name(metric.Name)}: {value}");
        }
        if (cached.Count > 0)
            batch.Set(SparkAttributes.SqlCachedMetrics, [.. cached]);
    }

    /// <summary>Characters have two; a node and a metric have some fields.</summary>
    private static long BytesOf(SqlPlan plan)
    {
        var bytes = 2L * (plan.Text?.Length ?? 0);
        foreach (var node in plan.Nodes)
            bytes += 100 + (2L * node.Text.Length) + (32L * node.Metrics.Count);
        return bytes;
    }

    /// <summary>
    /// <c>  Exchange {shuffle records written: 12, data size: 192 B} hashpartitioning(k#1, 12)</c>. Each part is redacted alone: a quote that
    /// is open in one must not make a value of the next.
    /// </summary>
    private string Line(SqlPlanNode node, SafeText text)
    {
        var name = text.Name(node.NodeName);
        var line = new StringBuilder().Append(' ', 2 * Math.Min(node.Depth, MaxIndent)).Append(name);
        var any = false;
        foreach (var metric in node.Metrics)
        {
            if (ValueOf(metric) is not { } value)
                continue;
            line.Append(any ? ", " : " {").Append(text.Name(metric.Name)).Append(": ").Append(value);
            any = true;
        }
        if (any)
            line.Append('}');
        var details = text.PlanNode(node.Text);
        details = details.StartsWith(name, StringComparison.Ordinal) ? details[name.Length..] : " " + details;
        return line.Append(details).ToString();
    }

    /// <summary>The value with its unit, or null: not reported, not yet set (negative), or an average, of which a sum says nothing.</summary>
    private string? ValueOf(SqlMetric metric)
    {
        if (!metricValues.TryGetValue(metric.AccumulatorId, out var value) || value < 0)
            return null;
        var number = value.ToString(CultureInfo.InvariantCulture);
        return metric.Type switch
        {
            "size" => number + " B",
            "timing" => number + " ms",
            "nsTiming" => number + " ns",
            "average" => null,
            _ => number,
        };
    }
}
