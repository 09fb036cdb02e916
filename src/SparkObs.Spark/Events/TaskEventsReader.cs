using System.Text.Json;

namespace SparkObs.Spark.Events;

/// <summary>Reads the events of TaskEvents.cs: nine of ten lines of a log, so into instances that are used again.</summary>
internal static class TaskEventsReader
{
    public static TaskStart ReadStart(ref EventJson json, TaskStart e)
    {
        int? stage = null;
        var hasTask = false;
        e.StageAttempt = 0;
        while (json.NextProperty())
        {
            if (json.Is("Stage ID"u8))
                stage = json.Int32();
            else if (json.Is("Stage Attempt ID"u8))
                e.StageAttempt = json.Int32() ?? 0;
            else if (json.Is("Task Info"u8))
                hasTask = ReadInfo(ref json, out e.Task);
            else
                json.Skip();
        }

        e.StageId = EventReader.Require(stage, "Stage ID");
        return hasTask ? e : throw new JsonException("no valid \"Task Info\"");
    }

    public static TaskEnd ReadEnd(ref EventJson json, TaskEnd e)
    {
        int? stage = null;
        var hasTask = false;
        e.StageAttempt = 0;
        e.IsShuffleMap = false;
        e.Failure = null;
        e.Metrics.Clear();
        while (json.NextProperty())
        {
            if (json.Is("Stage ID"u8))
                stage = json.Int32();
            else if (json.Is("Stage Attempt ID"u8))
                e.StageAttempt = json.Int32() ?? 0;
            else if (json.Is("Task Type"u8))
                e.IsShuffleMap = json.TextIs("ShuffleMapTask"u8);
            else if (json.Is("Task End Reason"u8))
                e.Failure = TaskFailureReader.Read(ref json);
            else if (json.Is("Task Info"u8))
                hasTask = ReadInfo(ref json, out e.Task);
            else if (json.Is("Task Metrics"u8))
                TaskMetricsReader.Read(ref json, e.Metrics);
            else
                json.Skip();
        }

        e.StageId = EventReader.Require(stage, "Stage ID");
        return hasTask ? e : throw new JsonException("no valid \"Task Info\"");
    }

    private static bool ReadInfo(ref EventJson json, out TaskInfo task)
    {
        task = default;
        if (!json.EnterObject())
            return false;
        long? id = null, launched = null;
        while (json.NextProperty())
        {
            if (json.Is("Task ID"u8))
                id = json.Int64();
            else if (json.Is("Index"u8))
                task.Index = json.Int32() ?? 0;
            else if (json.Is("Attempt"u8))
                task.Attempt = json.Int32() ?? 0;
            else if (json.Is("Partition ID"u8))
                task.PartitionId = json.Int32();
            else if (json.Is("Launch Time"u8))
                launched = json.Int64();
            else if (json.Is("Executor ID"u8))
                task.ExecutorId = json.Name();
            else if (json.Is("Host"u8))
                task.Host = json.Name();
            else if (json.Is("Locality"u8))
                task.Locality = json.Name();
            else if (json.Is("Speculative"u8))
                task.Speculative = json.Boolean() ?? false;
            else if (json.Is("Getting Result Time"u8))
                task.GettingResultTime = json.Int64() ?? 0;
            else if (json.Is("Finish Time"u8))
                task.FinishTime = json.Int64() ?? 0;
            else if (json.Is("Failed"u8))
                task.Failed = json.Boolean() ?? false;
            else if (json.Is("Killed"u8))
                task.Killed = json.Boolean() ?? false;
            else
                json.Skip();
        }

        task.TaskId = EventReader.Require(id, "Task ID");
        task.LaunchTime = EventReader.Require(launched, "Launch Time");
        return true;
    }
}
