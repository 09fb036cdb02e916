namespace SparkObs.Cli;

/// <summary>What the process's exit code says; the help lists the same. Where several hold, the first of 130, 1, 3, 2, 4.</summary>
internal enum ExitCode
{
    /// <summary>All was read and delivered.</summary>
    Done = 0,

    /// <summary>An unexpected error, or the output could not be written (a full disk).</summary>
    Failed = 1,

    /// <summary>Wrong usage, or an input that is missing, empty or no event log. Other inputs were replayed.</summary>
    BadInput = 2,

    /// <summary>The collector could not be reached, or took nothing for too long.</summary>
    CollectorUnreachable = 3,

    /// <summary>Delivered, but not all: lines could not be read, a log is damaged, or the collector refused spans.</summary>
    NotAll = 4,

    /// <summary>Ctrl-C; as shells say it: 128 and SIGINT's number.</summary>
    Interrupted = 130,
}
