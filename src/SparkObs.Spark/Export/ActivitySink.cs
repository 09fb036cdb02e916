using System.Diagnostics;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Export;

/// <summary>
/// Hands spans as finished Activities to the TracerProviders that have joined, so that their processors and exporters see them. They
/// are never started: a started one would become somebody's current one. A batching processor drops what finds its queue full, so after
/// each batch of its size the providers are asked to deliver.
/// </summary>
internal sealed class ActivitySink : ISpanSink
{
    /// <summary>The size of a batch of OpenTelemetry's processor; its queue takes four.</summary>
    private const int SpansBetweenFlushes = 512;

    /// <summary>A provider listens a moment after it has joined: it joins while it is built.</summary>
    private static readonly TimeSpan ListensWithin = TimeSpan.FromSeconds(5);

    /// <summary>How long a provider may take for what it has. One that takes longer is not waited for during <see cref="NotWaitedFor"/>.</summary>
    private static readonly TimeSpan FlushWithin = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan NotWaitedFor = TimeSpan.FromSeconds(30);

    private static readonly ActivitySource Source = new(OtlpScope.Name, OtlpScope.Version);

    private readonly object gate = new();
    private readonly Action<string> notice;
    private readonly ActivityMaker maker;

    /// <summary>How each provider that has joined is made to deliver, within so many milliseconds; it answers whether it did.</summary>
    private Func<int, bool>[] providers = [];

    private int sinceFlush, told;
    private long waitAgain;

    /// <param name="givesIds">For tests: as on a runtime where span ids cannot be given.</param>
    public ActivitySink(Action<string> notice, bool? givesIds = null)
    {
        this.notice = notice;
        maker = new ActivityMaker(Source, givesIds ?? ActivityIds.CanBeGiven);
    }

    /// <summary>A provider has joined: spans are its own to deliver.</summary>
    public bool HasProvider => Volatile.Read(ref providers).Length > 0;

    public void Join(Func<int, bool> flush)
    {
        if (!maker.GivesIds)
            Tell(Told.Ids, "this .NET runtime does not let span ids be given: Spark's spans have random ids, and point to their parents by links.");
        lock (gate)
            providers = [.. providers, flush];
    }

    public void Leave(Func<int, bool> flush)
    {
        lock (gate)
            providers = [.. providers.Where(other => other != flush)];
    }

    public async ValueTask WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        for (var left = ListensWithin; !Source.HasListeners() && left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(20))
            await Task.Delay(20, cancellationToken).ConfigureAwait(false);
        // Providers block; nothing of ours may wait behind them.
        await Task.Run(() => HandOver(batch), cancellationToken).ConfigureAwait(false);
        batch.Return();
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (HasProvider)
            await Task.Run(Flush, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void HandOver(SpanBatch batch)
    {
        // Stopping an Activity sets the current one.
        var current = Activity.Current;
        int handedOver = 0, unsampled = 0;
        foreach (ref readonly var span in batch.Spans)
        {
            if (HandOver(batch, span))
                handedOver++;
            else
                unsampled++;
            if (++sinceFlush >= SpansBetweenFlushes && Stopwatch.GetTimestamp() >= waitAgain)
                Flush();
        }
        Activity.Current = current;
        ExportMetrics.HandedOver(handedOver, unsampled);
        if (unsampled > 0)
            Tell(Told.Unsampled, "the sampler of the program's TracerProvider leaves spans of Spark's out; they are counted (sparkobs.export.spans).");
    }

    /// <returns>False: the provider's sampler does not want it.</returns>
    private bool HandOver(SpanBatch batch, in SpanRecord span)
    {
        try
        {
            if (maker.Make(batch, span) is not { } activity)
                return false;
            activity.Stop();
            return activity.Recorded;
        }
        catch (Exception e)
        {
            // A processor of the program's: what it fails at is handed over, and the next ones are too.
            Tell(Told.Failed, $"a processor of the program's TracerProvider failed with a span of Spark's: {e.Message}");
            return true;
        }
    }

    private void Flush()
    {
        sinceFlush = 0;
        var delivered = true;
        foreach (var flush in Volatile.Read(ref providers))
            delivered &= flush((int)FlushWithin.TotalMilliseconds);
        if (delivered)
            return;
        waitAgain = Stopwatch.GetTimestamp() + (long)(NotWaitedFor.TotalSeconds * Stopwatch.Frequency);
        Tell(Told.Slow, $"the program's TracerProvider did not deliver within {FlushWithin.TotalSeconds:0} s; what its processors have no room for they drop.");
    }

    /// <summary>Each of these is worth one line.</summary>
    [Flags]
    private enum Told
    {
        Ids = 1,
        Unsampled = 2,
        Failed = 4,
        Slow = 8,
    }

    private void Tell(Told what, string text)
    {
        if ((Interlocked.Or(ref told, (int)what) & (int)what) == 0)
            notice(text);
    }
}
