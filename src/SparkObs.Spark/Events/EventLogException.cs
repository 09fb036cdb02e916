namespace SparkObs.Spark.Events;

/// <summary>There is no event log to read: the message says in one line where and why.</summary>
internal sealed class EventLogException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A compressed log ends too early or is corrupt. What stood before has been given.</summary>
/// <param name="problem">Such as <c>the lz4 block is cut off</c>.</param>
/// <param name="position">The byte in the file at which the block begins, or for zstd up to which it could be read.</param>
internal sealed class LogDamagedException(string problem, long position) : Exception($"{problem} at byte {position}")
{
    public long Position => position;
}
