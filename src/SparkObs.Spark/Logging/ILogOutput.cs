using Serilog.Events;

namespace SparkObs.Spark.Logging;

/// <summary>Where lines go: a file, standard output, a collector. Counts what it writes and what it cannot write. Called by one thread at a time.</summary>
internal interface ILogOutput : IDisposable
{
    LogTally Tally { get; }

    /// <summary>Writes the events, in order. It may block; it throws nothing that has to do with the output.</summary>
    void Write(ReadOnlySpan<LogEvent> events);

    /// <summary>What is being written, and what comes, is given up.</summary>
    void Abandon();
}
