namespace SparkObs.Spark.Events;

/// <summary>Reads the events of ApplicationEvents.cs.</summary>
internal static class ApplicationEventsReader
{
    /// <summary>A configuration of more settings than this is none.</summary>
    private const int MaxProperties = 10_000;

    public static LogStart ReadLogStart(ref EventJson json)
    {
        string? version = null;
        while (json.NextProperty())
        {
            if (json.Is("Spark Version"u8))
                version = json.Name();
            else
                json.Skip();
        }

        return new LogStart { SparkVersion = version };
    }

    public static EnvironmentUpdate ReadEnvironment(ref EventJson json)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        while (json.NextProperty())
        {
            if (json.Is("Spark Properties"u8))
            {
                if (json.EnterObject())
                    ReadProperties(ref json, properties);
            }
            else
            {
                json.Skip();
            }
        }

        return new EnvironmentUpdate { SparkProperties = properties };
    }

    private static void ReadProperties(ref EventJson json, Dictionary<string, string> properties)
    {
        while (json.NextProperty())
        {
            var key = json.PropertyName();
            if (json.Text(EventLimits.Message) is { } value && properties.Count < MaxProperties)
                properties[key] = value;
        }
    }

    public static ApplicationStart ReadStart(ref EventJson json)
    {
        string? name = null, id = null, attempt = null, user = null;
        long? time = null;
        while (json.NextProperty())
        {
            if (json.Is("App Name"u8))
                name = json.Text(EventLimits.Name);
            else if (json.Is("App ID"u8))
                id = json.Name();
            else if (json.Is("App Attempt ID"u8))
                attempt = json.Name();
            else if (json.Is("User"u8))
                user = json.Name();
            else if (json.Is("Timestamp"u8))
                time = json.Int64();
            else
                json.Skip();
        }

        return new ApplicationStart
        {
            AppName = name,
            AppId = id,
            AttemptId = attempt,
            User = user,
            Time = EventReader.Require(time, "Timestamp"),
        };
    }

    public static ApplicationEnd ReadEnd(ref EventJson json)
    {
        long? time = null;
        int? exitCode = null;
        while (json.NextProperty())
        {
            if (json.Is("Timestamp"u8))
                time = json.Int64();
            else if (json.Is("ExitCode"u8))
                exitCode = json.Int32();
            else
                json.Skip();
        }

        return new ApplicationEnd { Time = EventReader.Require(time, "Timestamp"), ExitCode = exitCode };
    }
}
