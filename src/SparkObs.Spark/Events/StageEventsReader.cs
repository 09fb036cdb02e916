namespace SparkObs.Spark.Events;

/// <summary>Reads the events of StageEvents.cs.</summary>
internal static class StageEventsReader
{
    public static StageSubmitted ReadSubmitted(ref EventJson json)
    {
        StageInfo? stage = null;
        var properties = JobProperties.None;
        while (json.NextProperty())
        {
            if (json.Is("Stage Info"u8))
                stage = json.EnterObject() ? ReadInfo(ref json, withMetrics: false) : null;
            else if (json.Is("Properties"u8))
                properties = JobEventsReader.ReadProperties(ref json);
            else
                json.Skip();
        }

        return new StageSubmitted { Stage = Require(stage), Properties = properties };
    }

    public static StageCompleted ReadCompleted(ref EventJson json)
    {
        StageInfo? stage = null;
        while (json.NextProperty())
        {
            if (json.Is("Stage Info"u8))
                stage = json.EnterObject() ? ReadInfo(ref json, withMetrics: true) : null;
            else
                json.Skip();
        }

        return new StageCompleted { Stage = Require(stage) };
    }

    private static StageInfo Require(StageInfo? stage) =>
        stage ?? throw new System.Text.Json.JsonException("no valid \"Stage Info\"");

    /// <summary>The stage that the cursor is in.</summary>
    public static StageInfo ReadInfo(ref EventJson json, bool withMetrics)
    {
        int? id = null, attempt = null, tasks = null, rdd = null;
        long? submitted = null, completed = null;
        string? name = null, failure = null;
        IReadOnlyList<int> parents = [];
        IReadOnlyList<AccumulatorValue> metrics = [];
        while (json.NextProperty())
        {
            if (json.Is("Stage ID"u8))
                id = json.Int32();
            else if (json.Is("Stage Attempt ID"u8))
                attempt = json.Int32();
            else if (json.Is("Stage Name"u8))
                name = json.Name();
            else if (json.Is("Number of Tasks"u8))
                tasks = json.Int32();
            else if (json.Is("RDD Info"u8))
                rdd = ReadFirstRdd(ref json);
            else if (json.Is("Parent IDs"u8))
                parents = json.Int32s();
            else if (json.Is("Submission Time"u8))
                submitted = json.Int64();
            else if (json.Is("Completion Time"u8))
                completed = json.Int64();
            else if (json.Is("Failure Reason"u8))
                failure = json.Text(EventLimits.Message);
            else if (withMetrics && json.Is("Accumulables"u8))
                metrics = ReadSqlMetrics(ref json);
            else
                json.Skip();
        }

        return new StageInfo
        {
            StageId = EventReader.Require(id, "Stage ID"),
            Attempt = attempt ?? 0,
            Name = name ?? "",
            TaskCount = tasks ?? 0,
            SubmissionTime = submitted,
            CompletionTime = completed,
            FailureReason = failure,
            RddId = rdd,
            ParentIds = parents,
            SqlMetrics = metrics,
        };
    }

    private static int? ReadFirstRdd(ref EventJson json)
    {
        if (!json.EnterArray() || !json.NextObject())
            return null;
        int? id = null;
        while (id is null && json.NextProperty())
        {
            if (json.Is("RDD ID"u8))
                id = json.Int32();
            else
                json.Skip();
        }

        if (id is not null)
            json.Leave();
        json.Leave();
        return id;
    }

    private static List<AccumulatorValue> ReadSqlMetrics(ref EventJson json)
    {
        var metrics = new List<AccumulatorValue>();
        if (!json.EnterArray())
            return metrics;
        while (json.NextObject())
        {
            long? id = null, value = null;
            var sql = false;
            while (json.NextProperty())
            {
                if (json.Is("ID"u8))
                    id = json.Int64();
                else if (json.Is("Value"u8))
                    value = json.Int64OrText();
                else if (json.Is("Metadata"u8))
                    sql = json.TextIs("sql"u8);
                else
                    json.Skip();
            }

            if (sql && id is { } i && value is { } v)
                metrics.Add(new AccumulatorValue(i, v));
        }

        return metrics;
    }
}
