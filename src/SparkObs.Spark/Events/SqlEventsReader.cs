namespace SparkObs.Spark.Events;

/// <summary>Reads the events of SqlEvents.cs.</summary>
internal static class SqlEventsReader
{
    public static SqlExecutionStart ReadStart(ref EventJson json)
    {
        long? id = null, root = null, time = null;
        string? description = null, planText = null, group = null;
        var plan = SqlPlan.None;
        IReadOnlyList<string> tags = [];
        while (json.NextProperty())
        {
            if (json.Is("executionId"u8))
                id = json.Int64();
            else if (json.Is("rootExecutionId"u8))
                root = json.Int64();
            else if (json.Is("description"u8))
                description = json.Text(EventLimits.Name);
            else if (json.Is("physicalPlanDescription"u8))
                planText = json.Text(EventLimits.PlanText);
            else if (json.Is("sparkPlanInfo"u8))
                plan = SqlPlanReader.Read(ref json);
            else if (json.Is("time"u8))
                time = json.Int64();
            else if (json.Is("jobTags"u8))
                tags = json.Texts();
            else if (json.Is("jobGroupId"u8))
                group = json.Name();
            else
                json.Skip();
        }

        return new SqlExecutionStart
        {
            ExecutionId = EventReader.Require(id, "executionId"),
            RootExecutionId = root,
            Description = description,
            Time = EventReader.Require(time, "time"),
            Plan = plan.WithText(planText),
            JobTags = tags,
            JobGroup = group,
        };
    }

    public static SqlExecutionEnd ReadEnd(ref EventJson json)
    {
        long? id = null, time = null;
        string? error = null;
        while (json.NextProperty())
        {
            if (json.Is("executionId"u8))
                id = json.Int64();
            else if (json.Is("time"u8))
                time = json.Int64();
            else if (json.Is("errorMessage"u8))
                error = json.Text(EventLimits.Message);
            else
                json.Skip();
        }

        return new SqlExecutionEnd
        {
            ExecutionId = EventReader.Require(id, "executionId"),
            Time = EventReader.Require(time, "time"),
            ErrorMessage = error,
        };
    }

    public static SqlPlanUpdate ReadPlanUpdate(ref EventJson json)
    {
        long? id = null;
        string? planText = null;
        var plan = SqlPlan.None;
        while (json.NextProperty())
        {
            if (json.Is("executionId"u8))
                id = json.Int64();
            else if (json.Is("physicalPlanDescription"u8))
                planText = json.Text(EventLimits.PlanText);
            else if (json.Is("sparkPlanInfo"u8))
                plan = SqlPlanReader.Read(ref json);
            else
                json.Skip();
        }

        return new SqlPlanUpdate { ExecutionId = EventReader.Require(id, "executionId"), Plan = plan.WithText(planText) };
    }

    public static SqlMetricUpdate ReadMetricUpdate(ref EventJson json)
    {
        long? id = null;
        IReadOnlyList<SqlMetric> metrics = [];
        while (json.NextProperty())
        {
            if (json.Is("executionId"u8))
                id = json.Int64();
            else if (json.Is("sqlPlanMetrics"u8))
                metrics = SqlPlanReader.ReadMetrics(ref json);
            else
                json.Skip();
        }

        return new SqlMetricUpdate { ExecutionId = EventReader.Require(id, "executionId"), Metrics = metrics };
    }

    public static DriverAccumUpdates ReadDriverAccumUpdates(ref EventJson json)
    {
        long? id = null;
        IReadOnlyList<AccumulatorValue> updates = [];
        while (json.NextProperty())
        {
            if (json.Is("executionId"u8))
                id = json.Int64();
            else if (json.Is("accumUpdates"u8))
                updates = ReadPairs(ref json);
            else
                json.Skip();
        }

        return new DriverAccumUpdates { ExecutionId = EventReader.Require(id, "executionId"), Updates = updates };
    }

    /// <summary><c>[[id, value], …]</c></summary>
    private static List<AccumulatorValue> ReadPairs(ref EventJson json)
    {
        var pairs = new List<AccumulatorValue>();
        if (!json.EnterArray())
            return pairs;
        while (json.NextArray())
        {
            if (json.Pair() is ({ } id, { } value))
                pairs.Add(new AccumulatorValue(id, value));
        }

        return pairs;
    }
}
