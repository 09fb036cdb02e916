namespace SparkObs.Spark.Events;

/// <summary>Which of the <c>SparkListenerConnectOperation…</c> events.</summary>
internal enum ConnectPhase : byte
{
    Started,
    Analyzed,
    ReadyForExecution,
    Finished,
    Failed,
    Canceled,
    Closed,
}

/// <summary><c>SparkListenerConnectOperationStarted</c> to <c>…Closed</c>: one type, as they share their fields.</summary>
internal sealed class ConnectOperation : SparkEvent
{
    public ConnectPhase Phase { get; init; }
    public string OperationId { get; init; } = "";
    public string? JobTag { get; init; }
    public long Time { get; init; }

    // Started
    public string? SessionId { get; init; }
    public string? UserId { get; init; }
    public string? UserName { get; init; }

    /// <summary>The plan or command as protobuf text.</summary>
    public string? StatementText { get; init; }

    /// <summary><c>sparkSessionTags</c>: what the client tagged the operation with.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    // Failed
    public string? ErrorMessage { get; init; }

    // Finished
    public long? ProducedRowCount { get; init; }
}
