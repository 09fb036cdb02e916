using System.Globalization;

namespace SparkObs.Spark.Export;

/// <summary>
/// How long the collector has taken nothing, over all senders. Says when that begins and when it ends, once each; decides when to
/// give up.
/// </summary>
internal sealed class Outage(OtlpOptions options, TimeProvider time, Action<string> notice)
{
    private readonly object gate = new();
    private long? since;
    private string lastError = "";

    /// <summary>The collector gave an answer that settles a request: there is no outage, or no longer.</summary>
    public void End()
    {
        TimeSpan lasted;
        lock (gate)
        {
            if (since is not { } start)
                return;
            lasted = time.GetElapsedTime(start);
            since = null;
        }
        notice($"{options.DisplayEndpoint} takes spans again, after {Seconds(lasted)}.");
    }

    /// <summary>A request failed: an outage begins or goes on.</summary>
    public void Begin(string error)
    {
        lock (gate)
        {
            lastError = error;
            if (since is not null)
                return;
            since = time.GetTimestamp();
        }
        var limit = options.GiveUpAfter == Timeout.InfiniteTimeSpan ? "" : $" for {Seconds(options.GiveUpAfter)}";
        notice($"{options.DisplayEndpoint} takes no spans ({error}); trying again{limit}.");
    }

    /// <summary>Waits so long, but not beyond the time to give up.</summary>
    /// <returns>Whether to go on.</returns>
    public async Task<bool> WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        if (options.GiveUpAfter != Timeout.InfiniteTimeSpan && options.GiveUpAfter - Lasted is var left && left <= delay)
        {
            await DelayAsync(left, cancellationToken).ConfigureAwait(false);
            // Another sender may have got through meanwhile.
            return Lasted < options.GiveUpAfter;
        }
        await DelayAsync(delay, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>What to say when giving up.</summary>
    public CollectorUnreachableException GivenUp(ExportCounts counts)
    {
        string error;
        lock (gate)
            error = lastError;
        return new CollectorUnreachableException(
            $"{options.DisplayEndpoint} took no spans for {Seconds(options.GiveUpAfter)} ({error}); " +
            $"{counts.Exported} spans delivered, {counts.QueuedInMemory} not delivered" +
            (counts.QueuedOnDisk > 0 ? $", {counts.QueuedOnDisk} kept in {options.QueueDirectory} for the next start." : "."));
    }

    public bool IsOn
    {
        get
        {
            lock (gate)
                return since is not null;
        }
    }

    /// <summary>How long it goes on by now; zero when there is none.</summary>
    public TimeSpan Lasted
    {
        get
        {
            lock (gate)
                return since is { } start ? time.GetElapsedTime(start) : TimeSpan.Zero;
        }
    }

    private Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        delay <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(delay, time, cancellationToken);

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
