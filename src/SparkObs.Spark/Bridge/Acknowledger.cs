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
    private long bytesSince;

    public Acknowledger(Func<ReadOnlyMemory<byte>, ValueTask> send, CancellationToken stop)
    {
        this.send = send;
        this.stop = stop;
        run = RunAsync();
    }

    /// <summary>All lines up to the number are folded. Called by one thread.</summary>
    public void Folded(long sequence, int bytes)
    {
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
        long told = -1;
        try
        {
            while (true)
            {
                await due.WaitAsync(stop).ConfigureAwait(false);
                var sequence = Interlocked.Read(ref folded);
                Interlocked.Exchange(ref bytesSince, 0);
                if (sequence == told)
                    continue;
                told = sequence;
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
