using System.Globalization;

namespace SparkObs.Spark.Events;

/// <summary>Reads the events of JobEvents.cs.</summary>
internal static class JobEventsReader
{
    public static JobStart ReadStart(ref EventJson json)
    {
        int? id = null;
        long? time = null;
        List<StageInfo>? stages = null;
        var count = 0;
        var properties = JobProperties.None;
        while (json.NextProperty())
        {
            if (json.Is("Job ID"u8))
                id = json.Int32();
            else if (json.Is("Submission Time"u8))
                time = json.Int64();
            else if (json.Is("Stage Infos"u8))
                stages = ReadStages(ref json, out count);
            else if (json.Is("Properties"u8))
                properties = ReadProperties(ref json);
            else
                json.Skip();
        }

        return new JobStart
        {
            JobId = EventReader.Require(id, "Job ID"),
            Time = EventReader.Require(time, "Submission Time"),
            Stages = stages ?? (IReadOnlyList<StageInfo>)[],
            StageCount = count,
            Properties = properties,
        };
    }

    private static List<StageInfo>? ReadStages(ref EventJson json, out int count)
    {
        count = 0;
        if (!json.EnterArray())
            return null;
        var stages = new List<StageInfo>();
        while (json.NextObject())
        {
            count++;
            if (stages.Count < EventLimits.StagesOfJob)
                stages.Add(StageEventsReader.ReadInfo(ref json, withMetrics: false));
            else
                json.Leave();
        }

        return stages;
    }

    public static JobEnd ReadEnd(ref EventJson json)
    {
        int? id = null;
        long? time = null;
        var succeeded = false;
        string? message = null;
        while (json.NextProperty())
        {
            if (json.Is("Job ID"u8))
                id = json.Int32();
            else if (json.Is("Completion Time"u8))
                time = json.Int64();
            else if (json.Is("Job Result"u8))
                ReadResult(ref json, ref succeeded, ref message);
            else
                json.Skip();
        }

        return new JobEnd
        {
            JobId = EventReader.Require(id, "Job ID"),
            Time = EventReader.Require(time, "Completion Time"),
            Succeeded = succeeded,
            FailureMessage = message,
        };
    }

    private static void ReadResult(ref EventJson json, ref bool succeeded, ref string? message)
    {
        if (!json.EnterObject())
            return;
        while (json.NextProperty())
        {
            if (json.Is("Result"u8))
                succeeded = json.TextIs("JobSucceeded"u8);
            else if (json.Is("Exception"u8))
                message = ReadExceptionMessage(ref json);
            else
                json.Skip();
        }
    }

    private static string? ReadExceptionMessage(ref EventJson json)
    {
        string? message = null;
        if (!json.EnterObject())
            return null;
        while (json.NextProperty())
        {
            if (json.Is("Message"u8))
                message = json.Text(EventLimits.Message);
            else
                json.Skip();
        }

        return message;
    }

    /// <summary>The local properties of a job or a stage.</summary>
    public static JobProperties ReadProperties(ref EventJson json)
    {
        if (!json.EnterObject())
            return JobProperties.None;
        string? execution = null, root = null, query = null, batch = null, group = null;
        string? description = null, tags = null, pool = null, callSite = null, traceparent = null;
        while (json.NextProperty())
        {
            if (json.Is("spark.sql.execution.id"u8))
                execution = json.Name();
            else if (json.Is("spark.sql.execution.root.id"u8))
                root = json.Name();
            else if (json.Is("sql.streaming.queryId"u8))
                query = json.Name();
            else if (json.Is("streaming.sql.batchId"u8))
                batch = json.Name();
            else if (json.Is("spark.jobGroup.id"u8))
                group = json.Name();
            else if (json.Is("spark.job.description"u8))
                description = json.Text(EventLimits.Name);
            else if (json.Is("spark.job.tags"u8))
                tags = json.Text(EventLimits.Message);
            else if (json.Is("spark.scheduler.pool"u8))
                pool = json.Name();
            else if (json.Is("callSite.short"u8))
                callSite = json.Name();
            else if (json.Is("traceparent"u8))
                traceparent = json.Name();
            else
                json.Skip();
        }

        return new JobProperties
        {
            ExecutionId = Number(execution),
            RootExecutionId = Number(root),
            StreamingQueryId = query,
            StreamingBatchId = batch,
            JobGroup = group,
            Description = description,
            Tags = tags,
            Pool = pool,
            CallSite = callSite,
            Traceparent = traceparent,
        };
    }

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
}
