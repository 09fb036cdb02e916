using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Tree;

/// <summary>What the header says about the application, from its span and the resource of all its spans.</summary>
internal sealed class ApplicationFacts
{
    /// <summary>Lost executors that are named; the rest is in the count.</summary>
    private const int MaxLostExecutors = 5;

    private readonly List<string> lostExecutors = [];

    public string? Name { get; private set; }
    public string? Id { get; private set; }
    public string? AttemptId { get; private set; }
    public string? SparkVersion { get; private set; }
    public string? User { get; private set; }
    public string? Master { get; private set; }
    public long SqlExecutions { get; private set; }
    public long Jobs { get; private set; }
    public long JobsFailed { get; private set; }
    public long Stages { get; private set; }
    public long StagesFailed { get; private set; }
    public long Tasks { get; private set; }
    public long TasksFailed { get; private set; }
    public long TasksKilled { get; private set; }
    public long SpansUnsampled { get; private set; }

    /// <summary><c>executor 2: Command exited with code 137</c>; not those that the driver itself gave up.</summary>
    public IReadOnlyList<string> LostExecutors => lostExecutors;

    public int MoreLostExecutors { get; private set; }

    public void ReadResource(SpanResource resource)
    {
        foreach (var attribute in resource.Attributes)
        {
            if (attribute.Type != AttributeType.String)
                continue;
            if (attribute.Key == SparkAttributes.AppName)
                Name = attribute.AsString;
            else if (attribute.Key == SparkAttributes.AppId)
                Id = attribute.AsString;
            else if (attribute.Key == SparkAttributes.AppAttemptId)
                AttemptId = attribute.AsString;
            else if (attribute.Key == SparkAttributes.SparkVersion)
                SparkVersion = attribute.AsString;
        }
    }

    public void ReadSpan(SpanBatch batch, in SpanRecord span)
    {
        var attributes = new SpanAttributes(batch.Attributes(span));
        Name ??= attributes.Text(SparkAttributes.AppName);
        Id ??= attributes.Text(SparkAttributes.AppId);
        User = attributes.Text(SparkAttributes.AppUser);
        Master = attributes.Text(SparkAttributes.Master);
        SqlExecutions = attributes.Int(SparkAttributes.AppSqlExecutions) ?? 0;
        Jobs = attributes.Int(SparkAttributes.AppJobs) ?? 0;
        JobsFailed = attributes.Int(SparkAttributes.AppJobsFailed) ?? 0;
        Stages = attributes.Int(SparkAttributes.AppStages) ?? 0;
        StagesFailed = attributes.Int(SparkAttributes.AppStagesFailed) ?? 0;
        Tasks = attributes.Int(SparkAttributes.AppTasks) ?? 0;
        TasksFailed = attributes.Int(SparkAttributes.AppTasksFailed) ?? 0;
        TasksKilled = attributes.Int(SparkAttributes.AppTasksKilled) ?? 0;
        SpansUnsampled = attributes.Int(SparkAttributes.SpansUnsampled) ?? 0;
        foreach (ref readonly var e in batch.Events(span))
        {
            if (e.Name == SpanEventNames.ExecutorRemoved)
                AddLostExecutor(new SpanAttributes(batch.Attributes(e)));
        }
    }

    private void AddLostExecutor(SpanAttributes attributes)
    {
        var reason = attributes.Text(SparkAttributes.ExecutorReason);
        if (reason is null || reason.StartsWith("Executor killed by driver", StringComparison.Ordinal))
            return;
        if (lostExecutors.Count < MaxLostExecutors)
            lostExecutors.Add($"executor {attributes.Text(SparkAttributes.ExecutorId)}: {reason}");
        else
            MoreLostExecutors++;
    }
}
