namespace SparkObs.Spark.Events;

/// <summary>Reads Spark's <c>TaskEndReason</c>.</summary>
internal static class TaskFailureReader
{
    /// <summary>Null when the task succeeded.</summary>
    public static TaskFailure? Read(ref EventJson json)
    {
        if (!json.EnterObject())
            return null;
        string? reason = null;
        string? exceptionClass = null, message = null, stack = null, fetchExecutor = null, fetchHost = null, lostExecutor = null;
        long? shuffle = null, map = null;
        int? mapIndex = null, reduce = null;
        bool? exitCausedByApp = null;
        while (json.NextProperty())
        {
            if (json.Is("Reason"u8))
                reason = json.Name();
            else if (json.Is("Class Name"u8))
                exceptionClass = json.Name();
            else if (json.Is("Description"u8) || json.Is("Message"u8) || json.Is("Loss Reason"u8) || json.Is("Kill Reason"u8))
                message = json.Text(EventLimits.Message) ?? message;
            else if (json.Is("Full Stack Trace"u8))
                stack = json.Text(EventLimits.Message);
            else if (json.Is("Block Manager Address"u8))
                ReadAddress(ref json, ref fetchExecutor, ref fetchHost);
            else if (json.Is("Shuffle ID"u8))
                shuffle = json.Int64();
            else if (json.Is("Map ID"u8))
                map = json.Int64();
            else if (json.Is("Map Index"u8))
                mapIndex = json.Int32();
            else if (json.Is("Reduce ID"u8))
                reduce = json.Int32();
            else if (json.Is("Executor ID"u8))
                lostExecutor = json.Name();
            else if (json.Is("Exit Caused By App"u8))
                exitCausedByApp = json.Boolean();
            else
                json.Skip();
        }

        if (reason == "Success")
            return null;
        return new TaskFailure
        {
            Reason = Parse(reason),
            ReasonName = reason ?? "",
            ExceptionClass = exceptionClass,
            Message = message,
            StackTrace = stack,
            FetchExecutorId = fetchExecutor,
            FetchHost = fetchHost,
            ShuffleId = shuffle,
            MapId = map,
            MapIndex = mapIndex,
            ReduceId = reduce,
            LostExecutorId = lostExecutor,
            ExitCausedByApp = exitCausedByApp,
        };
    }

    private static void ReadAddress(ref EventJson json, ref string? executor, ref string? host)
    {
        if (!json.EnterObject())
            return;
        while (json.NextProperty())
        {
            if (json.Is("Executor ID"u8))
                executor = json.Name();
            else if (json.Is("Host"u8))
                host = json.Name();
            else
                json.Skip();
        }
    }

    private static TaskEndReason Parse(string? reason) => reason switch
    {
        "ExceptionFailure" => TaskEndReason.ExceptionFailure,
        "TaskKilled" => TaskEndReason.TaskKilled,
        "FetchFailed" => TaskEndReason.FetchFailed,
        "ExecutorLostFailure" => TaskEndReason.ExecutorLostFailure,
        "TaskCommitDenied" => TaskEndReason.TaskCommitDenied,
        "Resubmitted" => TaskEndReason.Resubmitted,
        "TaskResultLost" => TaskEndReason.TaskResultLost,
        "UnknownReason" => TaskEndReason.UnknownReason,
        _ => TaskEndReason.Other,
    };
}
