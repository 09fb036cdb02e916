using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace SparkObs.Spark.Bridge;

/// <summary>Tells the driver how far its lines are folded: the first time at once, then every 100 ms or every MiB.</summary>
internal sealed class Acknowledger : IAsyncDisposable
{
    private const long EveryBytes = 1024 * 1024;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);

    private readonly Func<ReadOnlyMemory<byte>, ValueTask> send;
    private readonly CancellationToken stop;
    private readonly SemaphoreSlim due = new(0);
    private readonly SemaphoreSlim urgent = new(0);
    private readonly Task run;
    private long folded;
    private long told = -1;

    /// <summary>Since when there are lines that are not acknowledged, by <see cref="Stopwatch"/>; 0 when there are none.</summary>
    private long waitingSince;
    private long bytesSince;

    public Acknowledger(Func<ReadOnlyMemory<byte>, ValueTask> send, CancellationToken stop)
    {
        this.send = send;
        this.stop = stop;
        run = RunAsync();
    }

    /// <summary>Lines that are folded and not acknowledged, and since when.</summary>
    public (long Lines, TimeSpan Age) Waiting
    {
        get
        {
            var since = Interlocked.Read(ref waitingSince);
            return since == 0 ? default : (Interlocked.Read(ref folded) - Math.Max(0, Interlocked.Read(ref told)), Stopwatch.GetElapsedTime(since));
        }
    }

    /// <summary>All lines up to the number are folded. Called by one thread.</summary>
    public void Folded(long sequence, int bytes)
    {
        if (sequence != Interlocked.Read(ref folded))
            Interlocked.CompareExchange(ref waitingSince, Stopwatch.GetTimestamp(), 0);
        if (sequence != Interlocked.Exchange(ref folded, sequence) && due.CurrentCount == 0)
            due.Release();
        if (Interlocked.Add(ref bytesSince, bytes) >= EveryBytes && urgent.CurrentCount == 0)
            urgent.Release();
    }

    /// <summary>Waits until nothing more is sent, after it was stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await run.ConfigureAwait(false);
        due.Dispose();
        urgent.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await due.WaitAsync(stop).ConfigureAwait(false);
                Interlocked.Exchange(ref waitingSince, 0);
                var sequence = Interlocked.Read(ref folded);
                Interlocked.Exchange(ref bytesSince, 0);
                if (sequence == Interlocked.Exchange(ref told, sequence))
                    continue;
                await send(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"ack\":{sequence}}}\n"))).ConfigureAwait(false);
                await urgent.WaitAsync(Every, stop).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The connection ends.
        }
    }
}
