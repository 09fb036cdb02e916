namespace SparkObs.Spark.Logging;

/// <summary>What became of the lines of one output, and what users are told of it. Safe from any thread.</summary>
internal sealed class LogTally(string output, Action<string> notice)
{
    /// <summary>One line about drops in so long at most.</summary>
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(10);

    private long written, dropped, told, toldAt, lostInTrouble;
    private int trouble;

    public long Written => Interlocked.Read(ref written);

    public long Dropped => Interlocked.Read(ref dropped);

    public void AddWritten(long lines)
    {
        Interlocked.Add(ref written, lines);
        LogMetrics.Written(lines, output);
    }

    /// <param name="lines">How many.</param>
    /// <param name="reason">A short text with few values.</param>
    public void AddDropped(long lines, string reason)
    {
        Interlocked.Add(ref dropped, lines);
        LogMetrics.Dropped(lines, output, reason);
    }

    /// <summary>The output does not work: said once.</summary>
    public void Begin(string problem)
    {
        if (Interlocked.Exchange(ref trouble, 1) == 1)
            return;
        lostInTrouble = Dropped;
        Say(problem);
    }

    /// <summary>The output works: said where it did not before, with what was lost meanwhile.</summary>
    public void End(string display)
    {
        if (Interlocked.Exchange(ref trouble, 0) == 0)
            return;
        var lost = Dropped - lostInTrouble;
        Interlocked.Add(ref told, lost);
        Say(FormattableString.Invariant($"{display} takes log lines again; {lost} were lost."));
    }

    /// <summary>Says how many lines were dropped since it was said last, at most every 10 s.</summary>
    /// <param name="now">Whenever it was said last.</param>
    public void TellDrops(bool now = false)
    {
        if (Volatile.Read(ref trouble) == 1 && !now)
            return;
        var fresh = Dropped - Interlocked.Read(ref told);
        if (fresh <= 0 || (!now && toldAt != 0 && Environment.TickCount64 - toldAt < TellEvery.TotalMilliseconds))
            return;
        toldAt = Environment.TickCount64;
        Interlocked.Add(ref told, fresh);
        Say(FormattableString.Invariant($"{fresh} log lines for {output} were dropped; {Dropped} since the start."));
    }

    public void Say(string text)
    {
        Serilog.Debugging.SelfLog.WriteLine("SparkObs: {0}", text);
        try
        {
            notice(text);
        }
        catch (Exception)
        {
            // There is nobody left to tell.
        }
    }
}
