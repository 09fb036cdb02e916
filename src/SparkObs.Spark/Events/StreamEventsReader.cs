namespace SparkObs.Spark.Events;

/// <summary>Reads the events of StreamEvents.cs.</summary>
internal static class StreamEventsReader
{
    public static QueryStarted ReadStarted(ref EventJson json)
    {
        string? id = null, run = null, name = null;
        long? time = null;
        IReadOnlyList<string> tags = [];
        while (json.NextProperty())
        {
            if (json.Is("id"u8))
                id = json.Name();
            else if (json.Is("runId"u8))
                run = json.Name();
            else if (json.Is("name"u8))
                name = json.Name();
            else if (json.Is("timestamp"u8))
                time = json.IsoTime();
            else if (json.Is("jobTags"u8))
                tags = json.Texts();
            else
                json.Skip();
        }

        return new QueryStarted
        {
            Id = EventReader.Require(id, "id"),
            RunId = EventReader.Require(run, "runId"),
            Name = name,
            Time = time,
            JobTags = tags,
        };
    }

    public static QueryTerminated ReadTerminated(ref EventJson json)
    {
        string? id = null, run = null, exception = null, errorClass = null;
        while (json.NextProperty())
        {
            if (json.Is("id"u8))
                id = json.Name();
            else if (json.Is("runId"u8))
                run = json.Name();
            else if (json.Is("exception"u8))
                exception = json.Text(EventLimits.Message);
            else if (json.Is("errorClassOnException"u8))
                errorClass = json.Name();
            else
                json.Skip();
        }

        return new QueryTerminated
        {
            Id = EventReader.Require(id, "id"),
            RunId = EventReader.Require(run, "runId"),
            Exception = exception,
            ErrorClass = errorClass,
        };
    }

    public static QueryProgress ReadProgress(ref EventJson json)
    {
        QueryProgress? progress = null;
        while (json.NextProperty())
        {
            if (json.Is("progress"u8))
                progress = json.EnterObject() ? ReadFields(ref json) : null;
            else
                json.Skip();
        }

        return progress ?? throw new System.Text.Json.JsonException("no valid \"progress\"");
    }

    private static QueryProgress ReadFields(ref EventJson json)
    {
        string? id = null, run = null, name = null, watermark = null, sink = null;
        long? time = null, batch = null, duration = null, sinkRows = null;
        IReadOnlyList<KeyValuePair<string, long>> phases = [];
        IReadOnlyList<StreamSource> sources = [];
        IReadOnlyList<StateOperator> operators = [];
        while (json.NextProperty())
        {
            if (json.Is("id"u8))
                id = json.Name();
            else if (json.Is("runId"u8))
                run = json.Name();
            else if (json.Is("name"u8))
                name = json.Name();
            else if (json.Is("timestamp"u8))
                time = json.IsoTime();
            else if (json.Is("batchId"u8))
                batch = json.Int64();
            else if (json.Is("batchDuration"u8))
                duration = json.Int64();
            else if (json.Is("durationMs"u8))
                phases = ReadPhases(ref json);
            else if (json.Is("eventTime"u8))
                watermark = ReadWatermark(ref json);
            else if (json.Is("sources"u8))
                sources = StreamPartsReader.ReadSources(ref json);
            else if (json.Is("sink"u8))
                StreamPartsReader.ReadSink(ref json, out sink, out sinkRows);
            else if (json.Is("stateOperators"u8))
                operators = StreamPartsReader.ReadStateOperators(ref json);
            else
                json.Skip();
        }

        return new QueryProgress
        {
            Id = EventReader.Require(id, "id"),
            RunId = EventReader.Require(run, "runId"),
            Name = name,
            Time = time,
            BatchId = EventReader.Require(batch, "batchId"),
            BatchDuration = duration,
            Phases = phases,
            Watermark = watermark,
            Sources = sources,
            Sink = sink,
            SinkRows = sinkRows,
            StateOperators = operators,
        };
    }

    private static List<KeyValuePair<string, long>> ReadPhases(ref EventJson json)
    {
        var phases = new List<KeyValuePair<string, long>>();
        if (!json.EnterObject())
            return phases;
        while (json.NextProperty())
        {
            var phase = json.PropertyName();
            if (json.Int64() is { } duration && phases.Count < EventLimits.ListItems)
                phases.Add(new(phase, duration));
        }

        return phases;
    }

    private static string? ReadWatermark(ref EventJson json)
    {
        if (!json.EnterObject())
            return null;
        string? watermark = null;
        while (json.NextProperty())
        {
            if (json.Is("watermark"u8))
                watermark = json.Name();
            else
                json.Skip();
        }

        return watermark;
    }
}
