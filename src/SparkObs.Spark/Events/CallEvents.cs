namespace SparkObs.Spark.Events;

/// <summary>
/// <c>SparkObsCalls</c>, a line of our own: calls that code on an executor or the driver made to storage and databases, as the
/// plugin saw them. No event of Spark's: its times say nothing of when Spark's own events were.
/// </summary>
internal sealed class CallsEvent : SparkEvent
{
    public string? ExecutorId { get; init; }

    /// <summary>The task that made the calls; null outside of tasks.</summary>
    public long? TaskId { get; init; }

    public int? StageId { get; init; }

    public int StageAttempt { get; init; }

    /// <summary>Outside of tasks: the SQL execution that ran on the calling thread.</summary>
    public long? ExecutionId { get; init; }

    /// <summary>Outside of tasks: the job that ran on the calling thread.</summary>
    public int? JobId { get; init; }

    /// <summary>Calls and aggregates of calls.</summary>
    public IReadOnlyList<Call> Calls { get; init; } = [];

    /// <summary>Calls that the JVM's side found no room for, of this task or of others.</summary>
    public long Omitted { get; init; }

    /// <summary>Calls of the line that could not be read, or stood beyond <see cref="EventLimits.CallsOfLine"/>.</summary>
    public long Unreadable { get; init; }

    /// <summary>Attributes of the line whose keys or types are not known.</summary>
    public long UnknownAttributes { get; init; }
}

/// <summary>One call, or calls of one kind together.</summary>
internal sealed class Call
{
    /// <summary>Unique in the task; outside of tasks, in the executor.</summary>
    public required long Sequence { get; init; }

    /// <summary>What was called: <c>S3.GetObject</c>, <c>SELECT orders</c>, <c>hdfs.open</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Microseconds since the Unix epoch; 0 for an aggregate that only has sums, such as the bytes that streams read.</summary>
    public required long StartUs { get; init; }

    /// <summary>Of an aggregate: from the first call's start to the last one's end.</summary>
    public required long DurationNs { get; init; }

    /// <summary>Who could be told to have made it, where it is not sure: <c>executor</c>.</summary>
    public string? Attribution { get; init; }

    /// <summary><c>error.type</c> of a call that failed.</summary>
    public string? Error { get; init; }

    public string? Message { get; init; }

    public IReadOnlyList<CallValue> Values { get; init; } = [];

    /// <summary>Set for calls that were put together.</summary>
    public CallTotals? Totals { get; init; }

    /// <summary>About what it takes in memory.</summary>
    public int Size
    {
        get
        {
            const int Fixed = 150, Value = 24, Text = 24;
            var chars = Name.Length + (Error?.Length ?? 0) + (Message?.Length ?? 0);
            foreach (var value in Values)
                chars += value.Text is null ? 0 : value.Text.Length + (Text / sizeof(char));
            return Fixed + (Value * Values.Count) + (sizeof(char) * chars);
        }
    }
}

/// <summary>What calls of one kind add up to.</summary>
/// <param name="TotalNs">The sum of their durations.</param>
/// <param name="MaxNs">The longest.</param>
internal sealed record CallTotals(long Count, long Failed, long TotalNs, long MaxNs);

/// <summary>A value of a call: a text, or else a number.</summary>
internal readonly record struct CallValue(CallAttribute Key, string? Text, long Number);
