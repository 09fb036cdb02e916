namespace SparkObs.Spark.Bridge;

/// <summary>How long nothing came from a driver: heartbeats come every 10 s. One thread at a time.</summary>
internal sealed class Silence(TimeProvider time)
{
    /// <summary>Two heartbeats are missing, and the third is late.</summary>
    public static readonly TimeSpan Worth = TimeSpan.FromSeconds(30);

    private long heardAt = time.GetTimestamp();

    public TimeSpan Age => time.GetElapsedTime(heardAt);

    /// <summary>It has been told, and lasts.</summary>
    public bool IsTold { get; private set; }

    /// <summary>How often it was told.</summary>
    public long Times { get; private set; }

    /// <summary>Its connection ended: it gets the time anew to make another.</summary>
    public void Restart() => heardAt = time.GetTimestamp();

    /// <summary>True when it ends a silence that was told.</summary>
    public bool Heard()
    {
        Restart();
        var ended = IsTold;
        IsTold = false;
        return ended;
    }

    /// <summary>True when it is long enough to be told, once.</summary>
    public bool TryTell()
    {
        if (IsTold || Age < Worth)
            return false;
        Times++;
        return IsTold = true;
    }
}
