namespace SparkObs.Spark.Events;

/// <summary><c>SparkListenerLogStart</c>: the first line of an event log.</summary>
internal sealed class LogStart : SparkEvent
{
    public string? SparkVersion { get; init; }
}

/// <summary><c>SparkListenerEnvironmentUpdate</c>, of which only the Spark properties are read.</summary>
internal sealed class EnvironmentUpdate : SparkEvent
{
    public Dictionary<string, string> SparkProperties { get; init; } = [];
}

/// <summary><c>SparkListenerApplicationStart</c>.</summary>
internal sealed class ApplicationStart : SparkEvent
{
    public string? AppName { get; init; }
    public string? AppId { get; init; }
    public string? AttemptId { get; init; }
    public string? User { get; init; }
    public long Time { get; init; }
}

/// <summary><c>SparkListenerApplicationEnd</c>.</summary>
internal sealed class ApplicationEnd : SparkEvent
{
    public long Time { get; init; }

    /// <summary>Since Spark 4.0; 0 after most failures too.</summary>
    public int? ExitCode { get; init; }
}
