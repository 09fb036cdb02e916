namespace SparkObs.Spark.Events;

/// <summary>Who takes the events of a log. Called from one thread at a time.</summary>
internal interface IEventHandler
{
    /// <summary><see cref="TaskStart"/> and <see cref="TaskEnd"/> are only lent.</summary>
    void OnEvent(SparkEvent e);

    /// <summary>A line that is no event.</summary>
    /// <param name="line">From 1, counted over all files of the application.</param>
    /// <param name="problem">Where (file, line in it) and why.</param>
    void OnUnreadable(long line, string problem);

    /// <summary>Between two chunks of lines: whoever cannot take more yet, waits here. Comes before each wait for a growing log.</summary>
    ValueTask OnPauseAsync(CancellationToken cancellationToken);
}
