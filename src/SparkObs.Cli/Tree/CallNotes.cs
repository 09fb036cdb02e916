using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Tree;

/// <summary>Calls to one system: how many, and their time added up.</summary>
internal sealed class CallCost(string system)
{
    public string System { get; } = system;

    public long Count { get; set; }

    public long Failed { get; set; }

    public double Ms { get; set; }
}

/// <summary>What the calls of a stage's tasks, or of a query on the driver, cost.</summary>
internal sealed class CallNotes
{
    /// <summary>Storage and databases that one job uses; the rest goes under one name.</summary>
    private const int MaxSystems = 6;

    /// <summary>UTF-16 units of what the slowest call was about: a line of a terminal.</summary>
    private const int MaxTarget = 300;

    private const string Others = "other";

    private readonly List<CallCost> costs = [];

    /// <summary>By time, the greatest first.</summary>
    public IEnumerable<CallCost> Costs => costs.OrderByDescending(cost => cost.Ms);

    /// <summary>The slowest single call: <c>GetObject s3://lake/part-1.parquet</c>.</summary>
    public string Slowest { get; private set; } = "";

    /// <summary>Negative without a call.</summary>
    public double SlowestMs { get; private set; } = -1;

    public void Add(in SpanRecord span, SpanAttributes attributes)
    {
        var totals = attributes.Int(SparkAttributes.CallsCount);
        if (totals == 0) // only bytes
            return;
        var ms = span.EndMs - span.StartMs + ((span.EndNanos - span.StartNanos) / 1e6);
        var longest = totals is null ? ms : attributes.Milliseconds(SparkAttributes.CallsDurationMax) ?? 0;
        var cost = CostOf(SystemOf(span.Name, attributes));
        cost.Count += totals ?? 1;
        cost.Failed += attributes.Int(SparkAttributes.CallsFailed) ?? (span.Status == SpanStatus.Error ? 1 : 0);
        cost.Ms += totals is null ? ms : attributes.Milliseconds(SparkAttributes.CallsDurationTotal) ?? 0;
        if (longest <= SlowestMs)
            return;
        SlowestMs = longest;
        var target = TargetOf(span.Name, attributes);
        Slowest = target.Length <= MaxTarget ? target : target[..MaxTarget];
    }

    private CallCost CostOf(string system)
    {
        if (costs.Find(cost => cost.System == system) is { } known)
            return known;
        if (costs.Count >= MaxSystems && system != Others)
            return CostOf(Others);
        var cost = new CallCost(system);
        costs.Add(cost);
        return cost;
    }

    private static string SystemOf(string name, SpanAttributes attributes) => Text(attributes, CallAttribute.Kind) switch
    {
        "jdbc" => "JDBC",
        _ => name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? name[..dot] : Others,
    };

    private static string TargetOf(string name, SpanAttributes attributes)
    {
        var operation = name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        if (Text(attributes, CallAttribute.Bucket) is { } bucket)
            return $"{operation} s3://{bucket}/{Text(attributes, CallAttribute.Key) ?? Text(attributes, CallAttribute.Prefix)}";
        return Text(attributes, CallAttribute.FilePath) is { } path ? $"{operation} {path}" : name;
    }

    private static string? Text(SpanAttributes attributes, CallAttribute key) => attributes.Text(CallKeys.Key(key));
}
