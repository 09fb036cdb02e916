using Serilog.Events;

namespace SparkObs.Spark.Logging;

/// <summary>
/// Events on their way to one output: a ring of fixed size, and a thread that writes. Who logs never waits, until the end of the process
/// is near. What is accepted is written; what is not is counted.
/// </summary>
/// <remarks>
/// The thread looks into the ring every so often instead of being woken up: waking a thread costs who logs more than all else here.
/// </remarks>
internal sealed class LogQueue : IDisposable
{
    /// <summary>Some 10 MB of usual events, and a tenth of a second of what can be written.</summary>
    public const int Capacity = 8192;

    /// <summary>Room that only warnings and errors get.</summary>
    private const int Reserved = Capacity / 8;

    private const int BatchSize = 256;

    private readonly object gate = new();
    private readonly object writing = new();
    private readonly LogEvent[] ring = new LogEvent[Capacity];
    private readonly LogEvent[] batch = new LogEvent[BatchSize];
    private readonly AutoResetEvent wake = new(false);
    private readonly ILogOutput output;
    private readonly TimeSpan linger, stopWithin;
    private int first, count;
    private volatile bool closed, through, stopped;

    /// <param name="output">Where events go; the queue owns it.</param>
    /// <param name="linger">How long an event may wait for others.</param>
    /// <param name="stopWithin">How long disposing may take to write what was accepted.</param>
    public LogQueue(ILogOutput output, TimeSpan linger, TimeSpan stopWithin)
    {
        this.output = output;
        this.linger = linger;
        this.stopWithin = stopWithin;
        // The thread lives longer than the caller's activity, and must not belong to it.
        new Thread(WriteUntilStopped) { IsBackground = true, Name = "SparkObs log" }.UnsafeStart();
    }

    public LogTally Tally => output.Tally;

    /// <returns>Whether the event will be written.</returns>
    public bool TryAdd(LogEvent e)
    {
        int waiting;
        while (!TryPut(e, out waiting))
        {
            if (closed || !through || Monitor.IsEntered(writing))
            {
                Tally.AddDropped(1, closed ? "closed" : "queue full");
                return false;
            }
            WriteAll();
        }
        if (through)
            WriteAll();
        else if (waiting == Capacity / 4 || e.Level >= LogEventLevel.Error)
            wake.Set();
        return true;
    }

    /// <summary>
    /// The process may end at any time: from now on who logs waits until its event is written.
    /// </summary>
    public void WriteThrough() => through = true;

    /// <summary>Waits until all that was accepted is written, but not longer than this.</summary>
    public bool Flush(TimeSpan within) =>
        Task.Factory.StartNew(WriteAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Wait(within);

    /// <summary>Accepts nothing more, and writes what was accepted, in the time for it; what is left then is counted as dropped.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (closed)
                return;
            closed = true;
        }
        if (!Flush(stopWithin))
            output.Abandon();
        stopped = true;
        wake.Set();
        // One that hangs in the operating system is left to it.
        if (Monitor.TryEnter(writing, stopWithin))
        {
            try
            {
                output.Dispose();
            }
            finally
            {
                Monitor.Exit(writing);
            }
        }
        int left;
        lock (gate)
            left = count;
        if (left > 0)
            Tally.AddDropped(left, "not delivered");
        Tally.TellDrops(now: true);
    }

    private bool TryPut(LogEvent e, out int waiting)
    {
        lock (gate)
        {
            waiting = count;
            if (closed || waiting >= (e.Level >= LogEventLevel.Warning ? Capacity : Capacity - Reserved))
                return false;
            ring[(first + count++) % Capacity] = e;
            return true;
        }
    }

    private void WriteUntilStopped()
    {
        while (!stopped)
        {
            wake.WaitOne(linger);
            WriteAll();
        }
    }

    private void WriteAll()
    {
        // Who is told of trouble logs here, against the rule.
        if (Monitor.IsEntered(writing))
            return;
        lock (writing)
        {
            while (!stopped && Take() is > 0 and var taken)
            {
                try
                {
                    output.Write(batch.AsSpan(0, taken));
                }
                catch (Exception e)
                {
                    // A fault of ours: it must not end the thread.
                    Tally.AddDropped(taken, e.GetType().Name);
                    Tally.Say($"log lines could not be written ({e.GetType().Name}: {e.Message})");
                }
                Array.Clear(batch, 0, taken);
            }
            Tally.TellDrops();
        }
    }

    private int Take()
    {
        lock (gate)
        {
            var taken = Math.Min(count, BatchSize);
            for (var i = 0; i < taken; i++)
            {
                ref var slot = ref ring[(first + i) % Capacity];
                batch[i] = slot;
                slot = null!;
            }
            first = (first + taken) % Capacity;
            count -= taken;
            return taken;
        }
    }
}
