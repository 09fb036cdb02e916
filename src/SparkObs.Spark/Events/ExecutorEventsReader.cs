namespace SparkObs.Spark.Events;

/// <summary>Reads the events of ExecutorEvents.cs.</summary>
internal static class ExecutorEventsReader
{
    public static ExecutorAdded ReadAdded(ref EventJson json)
    {
        long? time = null;
        string? id = null, host = null;
        int? cores = null;
        while (json.NextProperty())
        {
            if (json.Is("Timestamp"u8))
                time = json.Int64();
            else if (json.Is("Executor ID"u8))
                id = json.Name();
            else if (json.Is("Executor Info"u8))
                ReadInfo(ref json, ref host, ref cores);
            else
                json.Skip();
        }

        return new ExecutorAdded
        {
            Time = EventReader.Require(time, "Timestamp"),
            ExecutorId = EventReader.Require(id, "Executor ID"),
            Host = host,
            Cores = cores ?? 0,
        };
    }

    private static void ReadInfo(ref EventJson json, ref string? host, ref int? cores)
    {
        if (!json.EnterObject())
            return;
        while (json.NextProperty())
        {
            if (json.Is("Host"u8))
                host = json.Name();
            else if (json.Is("Total Cores"u8))
                cores = json.Int32();
            else
                json.Skip();
        }
    }

    public static ExecutorRemoved ReadRemoved(ref EventJson json)
    {
        long? time = null;
        string? id = null, reason = null;
        while (json.NextProperty())
        {
            if (json.Is("Timestamp"u8))
                time = json.Int64();
            else if (json.Is("Executor ID"u8))
                id = json.Name();
            else if (json.Is("Removed Reason"u8))
                reason = json.Text(EventLimits.Message);
            else
                json.Skip();
        }

        return new ExecutorRemoved
        {
            Time = EventReader.Require(time, "Timestamp"),
            ExecutorId = EventReader.Require(id, "Executor ID"),
            Reason = reason,
        };
    }

    public static ExecutorExcluded ReadExcluded(ref EventJson json, bool oldName)
    {
        long? time = null;
        string? id = null;
        int? failures = null, stage = null, attempt = null;
        while (json.NextProperty())
        {
            if (json.Is("time"u8))
                time = json.Int64();
            else if (json.Is("executorId"u8))
                id = json.Name();
            else if (json.Is("taskFailures"u8))
                failures = json.Int32();
            else if (json.Is("stageId"u8))
                stage = json.Int32();
            else if (json.Is("stageAttemptId"u8))
                attempt = json.Int32();
            else
                json.Skip();
        }

        return new ExecutorExcluded
        {
            Time = EventReader.Require(time, "time"),
            ExecutorId = EventReader.Require(id, "executorId"),
            TaskFailures = failures ?? 0,
            StageId = stage,
            StageAttempt = attempt,
            OldName = oldName,
        };
    }
}
