using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Events;

/// <summary><c>SparkObsState</c>: what all lines before this one have left, which stand in the journal no more.</summary>
internal sealed class JournalState : SparkEvent
{
    /// <summary>The trace builder's part, as JSON.</summary>
    public required ReadOnlyMemory<byte> Builder { get; init; }

    /// <summary>The ledger's part, as JSON.</summary>
    public required ReadOnlyMemory<byte> Ledger { get; init; }

    /// <summary>The application's end had come.</summary>
    public bool Ended { get; init; }

    /// <summary>The session was closed at this line's number.</summary>
    public bool Closed { get; init; }
}

/// <summary><c>SparkObsClosed</c>: the bridge closed the application after the line of this number.</summary>
internal sealed class JournalClosed : SparkEvent
{
    public int? ExitCode { get; init; }

    public ProgramError? ProgramError { get; init; }

    /// <summary>As it was known then: the application's span told it.</summary>
    public long EventsLost { get; init; }
}

/// <summary><c>SparkObsRefused</c>: instead of a line that was longer than the protocol allows.</summary>
internal sealed class JournalRefused : SparkEvent;
