using System.Diagnostics;
using System.Globalization;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Export;

/// <summary>
/// Sends spans to a collector over OTLP and loses none: what the collector does not take at once is sent again, until it is
/// confirmed, refused for good, or the collector has taken nothing for <see cref="OtlpOptions.GiveUpAfter"/>. With a
/// <see cref="OtlpOptions.QueueDirectory"/> what waits in an outage is on disk, and what a process leaves there the next one sends. An
/// answer that gets lost makes the collector see spans twice, under the same ids.
/// </summary>
internal sealed class OtlpSink : ISpanSink
{
    /// <summary>How long disposing waits for senders to stop: they are cancelled, so only a stuck socket takes longer.</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(5);

    /// <summary>How long the last writing to disk may take: a local disk takes all of the memory's bound in a fraction of it.</summary>
    private static readonly TimeSpan SpillWithin = TimeSpan.FromSeconds(2);

    /// <summary>How long an outage lasts before what is in memory is written to disk: a collector's hiccup is not worth it.</summary>
    private static readonly TimeSpan SpillAfter = TimeSpan.FromSeconds(2);

    private readonly OtlpOptions options;
    private readonly TimeProvider time;
    private readonly Action<string> notice;

    /// <summary>Made when the first request leaves: its libraries take a program's start some time.</summary>
    private readonly Lazy<IOtlpTransport> transport;

    private readonly RequestFiles? files;
    private readonly ExportQueue queue;
    private readonly Outage outage;
    private readonly ExportCounters counters = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Task senders;

    /// <summary>The encoding of the batch that was taken last.</summary>
    private Task encoding = Task.CompletedTask;

    private int warned, unwritable, disposed;

    /// <param name="notice">Told in one line when deliveries begin to fail, when they work again, at the first refusal for each
    /// reason, at the first warning, and when spans cannot be kept on disk. Called by senders: it must not block.</param>
    /// <exception cref="ExportConfigurationException">The queue's directory cannot be used.</exception>
    public OtlpSink(OtlpOptions options, Action<string>? notice = null, TimeProvider? time = null)
    {
        this.options = options;
        this.time = time ?? TimeProvider.System;
        this.notice = Unfailing(notice ?? (static _ => { }));
        IReadOnlyList<RequestFile> left = [];
        files = options.QueueDirectory is { } directory ? RequestFiles.Open(directory, options.QueueBytes, out left) : null;
        queue = new ExportQueue(options.MaxQueuedBytes, files, counters, Release);
        outage = new Outage(options, this.time, this.notice);
        TakeOver(left);
        transport = new Lazy<IOtlpTransport>(MakeTransport);
        ExportMetrics.Add(this);
        // Senders outlive the caller's activity, and must not belong to it.
        using (ExecutionContext.SuppressFlow())
            senders = Task.WhenAll(Enumerable.Range(0, options.Senders).Select(_ => Task.Run(SendAllAsync)));
    }

    public ExportCounts Counts => counters.Read() with { SetAsideDeleted = files?.Refused.DeletedSpans ?? 0 };

    /// <summary>Encoded bytes of what waits.</summary>
    public (long Memory, long Disk) QueuedBytes => (queue.MemoryBytes, files?.Bytes ?? 0);

    /// <summary>Takes the batch, to be encoded while the caller makes the next one. Waits while the queue is full.</summary>
    /// <exception cref="CollectorUnreachableException">The sink has given up. The batch was not taken.</exception>
    public async ValueTask WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        await encoding.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (files is not null && outage.IsOn && queue.IsFull)
            await Task.Run(() => Spill(cancellationToken), CancellationToken.None).ConfigureAwait(false);
        await queue.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
        counters.Take(batch.Count);
        encoding = Task.Run(() => Encode(batch), CancellationToken.None);
    }

    /// <summary>
    /// Waits until every span is confirmed or refused. When that is cancelled, what is in memory is written to disk, within 2 s, if there
    /// is a directory for it.
    /// </summary>
    /// <exception cref="CollectorUnreachableException">The sink has given up.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await encoding.WaitAsync(cancellationToken).ConfigureAwait(false);
            await queue.WaitUntilEmptyAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (files is not null)
        {
            await SpillLastAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Stops within 10 s. What is still queued is not sent: flush first. With a queue directory it is written to disk, for the next
    /// process.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        await stop.CancelAsync().ConfigureAwait(false);
        queue.Fail(new ObjectDisposedException(nameof(OtlpSink)));
        await Task.WhenAny(senders, Task.Delay(StopWithin)).ConfigureAwait(false);
        if (files is not null)
        {
            await Task.WhenAny(encoding, Task.Delay(SpillWithin)).ConfigureAwait(false);
            await SpillLastAsync().ConfigureAwait(false);
            files.Dispose();
        }
        ExportMetrics.Remove(this);
        if (transport.IsValueCreated)
            transport.Value.Dispose();
    }

    /// <summary>Whatever the user's own code does, senders go on.</summary>
    private static Action<string> Unfailing(Action<string> notice) => text =>
    {
        try
        {
            notice(text);
        }
        catch (Exception)
        {
            // There is nobody left to tell.
        }
    };

    private IOtlpTransport MakeTransport() => options.Protocol == OtlpProtocol.Grpc ? new GrpcTransport(options) : new HttpTransport(options, time);

    private void TakeOver(IReadOnlyList<RequestFile> left)
    {
        foreach (var file in left)
        {
            counters.TakeOver(file.Spans);
            queue.Add(new QueuedRequest(null, file, null));
        }
        if (left.Count > 0)
            notice($"{options.QueueDirectory} has {counters.Read().TakenOver} spans that an earlier process left; they are sent too.");
    }

    private void Encode(SpanBatch batch)
    {
        var settlement = batch.TakeSettled() is { } settled ? new Settlement(settled) : null;
        for (var next = 0; next < batch.Count;)
        {
            var request = OtlpTraces.Encode(batch, ref next, options.MaxRequestBytes);
            settlement?.Add();
            queue.Add(new QueuedRequest(request, null, settlement));
        }
        batch.Return();
        if (settlement is not null)
            Release(settlement);
    }

    private async Task SendAllAsync()
    {
        try
        {
            while (true)
            {
                var request = await queue.TakeAsync(stop.Token).ConfigureAwait(false);
                try
                {
                    if (!await DeliverAsync(request).ConfigureAwait(false))
                        break;
                }
                catch (Exception e) when (!stop.IsCancellationRequested)
                {
                    // A fault of ours: one request's trouble must not end the sender.
                    notice($"sending spans failed ({e.GetType().Name}: {e.Message}); trying again.");
                    await Task.Delay(RetryPolicy.LongestDelay, time, stop.Token).ConfigureAwait(false);
                    if (RetryPolicy.OfFault(e, ++request.Faults) is { Outcome: ExportOutcome.Rejected } result)
                        Settle(request, result);
                    else
                        queue.PutBack(request);
                }
            }
            Spill(stop.Token);
            queue.Fail(outage.GivenUp(counters.Read()));
            await stop.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>Sends until the collector confirms or refuses.</summary>
    /// <returns>False when it is time to give up.</returns>
    private async Task<bool> DeliverAsync(QueuedRequest request)
    {
        for (var failures = 1; ; failures++)
        {
            var result = await TrySendAsync(request).ConfigureAwait(false);
            if (result.Outcome != ExportOutcome.Retry)
            {
                if (result.Outcome == ExportOutcome.TooLarge && request.Spans > 1)
                    queue.Split(request);
                else
                    Settle(request, result);
                return true;
            }
            outage.Begin(result.Text);
            if (files is not null && (outage.Lasted >= SpillAfter || queue.IsFull))
                Spill(stop.Token);
            if (!await outage.WaitAsync(RetryPolicy.Delay(result.Delay, failures, Random.Shared.NextDouble()), stop.Token).ConfigureAwait(false))
                return false;
        }
    }

    /// <summary>
    /// Sends once. An exception that is neither the network's nor the collector's is a fault of the request, or of ours with it: it is
    /// tried again a few times, and then set aside.
    /// </summary>
    private async Task<ExportResult> TrySendAsync(QueuedRequest request)
    {
        EncodedRequest encoded;
        try
        {
            encoded = request.Open();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return new ExportResult(ExportOutcome.Rejected, "unreadable file", e.Message);
        }
        var start = Stopwatch.GetTimestamp();
        ExportResult result;
        try
        {
            result = await transport.Value.SendAsync(encoded, stop.Token).ConfigureAwait(false);
            if (result.Outcome != ExportOutcome.Retry)
                outage.End();
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            result = RetryPolicy.OfFault(e, ++request.Faults);
        }
        counters.Request(result, Stopwatch.GetElapsedTime(start));
        return result;
    }

    private void Settle(QueuedRequest request, ExportResult result)
    {
        var delivered = result.Outcome == ExportOutcome.Delivered;
        var refused = delivered ? Math.Min(request.Spans, result.RejectedSpans) : request.Spans;
        var kept = delivered ? null : SetAside(request, result);
        var firstOfReason = false;
        queue.Settle(request, onDisk => firstOfReason = counters.Settle(request.Spans, onDisk, refused, result));
        if (firstOfReason)
            notice($"{options.DisplayEndpoint} refused {refused} spans for good ({result.Text}){(kept is null ? "" : $"; they are kept in {kept}")}.");
        else if (refused == 0 && result.Message.Length > 0 && Interlocked.Exchange(ref warned, 1) == 0)
            notice($"{options.DisplayEndpoint} took all spans, with a warning: {result.Message}");
    }

    /// <summary>Keeps what is not sent again, with the reason.</summary>
    /// <returns>The file, or null: there is no directory, or it could not be written.</returns>
    private string? SetAside(QueuedRequest request, in ExportResult result)
    {
        if (files is null)
            return null;
        var reason = string.Create(CultureInfo.InvariantCulture,
            $"{DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm:ss'Z'} {options.DisplayEndpoint}: {request.Spans} spans, {result.Text}");
        return request.Encoded is { } encoded
            ? files.Refused.Add(files.NewName(request.Spans), encoded, reason)
            : files.Refused.Add(request.File!, reason);
    }

    /// <summary>Writes what is in memory to disk, if there is a directory. Says once when that does not work.</summary>
    private void Spill(CancellationToken cancellationToken)
    {
        if (files is null)
            return;
        if (queue.Spill(cancellationToken, out var problem))
            unwritable = 0;
        else if (problem.Length > 0 && Interlocked.Exchange(ref unwritable, 1) == 0)
            notice($"spans cannot be kept in {options.QueueDirectory} ({problem}); they wait in memory, and new ones wait for room.");
    }

    private async Task SpillLastAsync()
    {
        using var bound = new CancellationTokenSource(SpillWithin);
        // The file that is being written when the time is over may hang.
        await Task.WhenAny(Task.Run(() => Spill(bound.Token), CancellationToken.None), Task.Delay(SpillWithin)).ConfigureAwait(false);
    }

    private void Release(Settlement settlement)
    {
        try
        {
            settlement.Release();
        }
        catch (Exception e)
        {
            notice($"what waited for spans failed: {e.Message}");
        }
    }
}
