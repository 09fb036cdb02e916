using SparkObs.Spark.Export;

namespace SparkObs.Cli.Replay;

/// <summary>Where the spans of all applications of a run go.</summary>
internal interface IReplayOutput : IAsyncDisposable
{
    /// <summary>Whether spans that an interruption leaves open are shown: a person wants them now, a collector gets them later.</summary>
    bool ShowsOpenSpans { get; }

    /// <summary>Spans that were refused so far.</summary>
    long Refused { get; }

    /// <summary>The sink for the next application's spans.</summary>
    ISpanSink Begin();

    /// <summary>The application's spans are all in its sink.</summary>
    void End();

    /// <summary>One line about the whole run, or null.</summary>
    string? Summary();
}
