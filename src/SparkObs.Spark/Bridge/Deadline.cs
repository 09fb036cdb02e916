namespace SparkObs.Spark.Bridge;

/// <summary>
/// When a session is closed that nobody closes: a while after its application's end was told, else after long silence. Inside the
/// session's gate.
/// </summary>
internal sealed class Deadline : IAsyncDisposable
{
    private readonly BridgeOptions options;
    private readonly ITimer timer;

    private long endedAt;

    /// <param name="options">Has both times, and the clock.</param>
    /// <param name="look">Called when it may be due, outside of the gate.</param>
    public Deadline(BridgeOptions options, Action look)
    {
        this.options = options;
        Silence = new Silence(options.Time);
        timer = options.Time.CreateTimer(_ => look(), null, UntilLook(options.IdleTimeout), Timeout.InfiniteTimeSpan);
    }

    public Silence Silence { get; }

    /// <summary>The application's end was told just now.</summary>
    public void NoteEnd() => endedAt = options.Time.GetTimestamp();

    /// <summary>What is left; nothing: it is due.</summary>
    public TimeSpan Left(bool hasEnded) => hasEnded ? options.EndGrace - options.Time.GetElapsedTime(endedAt) : options.IdleTimeout - Silence.Age;

    /// <summary>All of it is left from now on, and looked at.</summary>
    public void Begin(bool hasEnded) => LookIn(hasEnded ? options.EndGrace : options.IdleTimeout, hasEnded);

    /// <summary>Looks again when so much is over, or before, at a silence that is to be told.</summary>
    public void LookIn(TimeSpan left, bool hasEnded) => timer.Change(hasEnded ? left : UntilLook(left), Timeout.InfiniteTimeSpan);

    public ValueTask DisposeAsync() => timer.DisposeAsync();

    private TimeSpan UntilLook(TimeSpan left) =>
        Bridge.Silence.Worth - Silence.Age is var untilWorth && untilWorth > TimeSpan.Zero && untilWorth < left ? untilWorth : left;
}
