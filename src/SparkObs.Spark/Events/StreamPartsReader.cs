namespace SparkObs.Spark.Events;

/// <summary>Reads the parts of a stream's progress: its sources, its sink, its stateful operators.</summary>
internal static class StreamPartsReader
{
    public static List<StreamSource> ReadSources(ref EventJson json)
    {
        var sources = new List<StreamSource>();
        if (!json.EnterArray())
            return sources;
        while (json.NextObject())
        {
            var source = ReadSource(ref json);
            if (sources.Count < EventLimits.ListItems)
                sources.Add(source);
        }

        return sources;
    }

    private static StreamSource ReadSource(ref EventJson json)
    {
        string? description = null, end = null, latest = null;
        long? rows = null, behind = null;
        double? rate = null;
        while (json.NextProperty())
        {
            if (json.Is("description"u8))
                description = json.Text(EventLimits.Name);
            else if (json.Is("numInputRows"u8))
                rows = json.Int64();
            else if (json.Is("endOffset"u8))
                end = json.TextOrJson(EventLimits.Name);
            else if (json.Is("latestOffset"u8))
                latest = json.TextOrJson(EventLimits.Name);
            else if (json.Is("processedRowsPerSecond"u8))
                rate = json.Double();
            else if (json.Is("metrics"u8))
                behind = ReadLag(ref json);
            else
                json.Skip();
        }

        return new StreamSource(description, rows, end, latest, rate, behind);
    }

    private static long? ReadLag(ref EventJson json)
    {
        if (!json.EnterObject())
            return null;
        long? behind = null;
        while (json.NextProperty())
        {
            if (json.Is("maxOffsetsBehindLatest"u8))
                behind = json.Int64OrText();
            else
                json.Skip();
        }

        return behind;
    }

    public static void ReadSink(ref EventJson json, out string? description, out long? rows)
    {
        description = null;
        rows = null;
        if (!json.EnterObject())
            return;
        while (json.NextProperty())
        {
            if (json.Is("description"u8))
                description = json.Text(EventLimits.Name);
            else if (json.Is("numOutputRows"u8))
                rows = json.Int64();
            else
                json.Skip();
        }
    }

    public static List<StateOperator> ReadStateOperators(ref EventJson json)
    {
        var operators = new List<StateOperator>();
        if (!json.EnterArray())
            return operators;
        while (json.NextObject())
        {
            var read = ReadStateOperator(ref json);
            if (operators.Count < EventLimits.ListItems)
                operators.Add(read);
        }

        return operators;
    }

    private static StateOperator ReadStateOperator(ref EventJson json)
    {
        string? name = null;
        long? total = null, updated = null, removed = null, dropped = null, memory = null;
        while (json.NextProperty())
        {
            if (json.Is("operatorName"u8))
                name = json.Name();
            else if (json.Is("numRowsTotal"u8))
                total = json.Int64();
            else if (json.Is("numRowsUpdated"u8))
                updated = json.Int64();
            else if (json.Is("numRowsRemoved"u8))
                removed = json.Int64();
            else if (json.Is("numRowsDroppedByWatermark"u8))
                dropped = json.Int64();
            else if (json.Is("memoryUsedBytes"u8))
                memory = json.Int64();
            else
                json.Skip();
        }

        return new StateOperator(name, total, updated, removed, dropped, memory);
    }
}
