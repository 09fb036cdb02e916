using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Export;

/// <summary>
/// Sends spans to a collector over OTLP and loses none: what the collector does not take at once is sent again, until it is
/// confirmed, refused for good, or the collector has taken nothing for <see cref="OtlpOptions.GiveUpAfter"/>. An answer that
/// gets lost makes the collector see spans twice, under the same ids.
/// </summary>
internal sealed class OtlpSink : ISpanSink
{
    /// <summary>How long disposing waits for senders to stop: they are cancelled, so only a stuck socket takes longer.</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(5);

    private readonly OtlpOptions options;
    private readonly Action<string> notice;
    private readonly IOtlpTransport transport;
    private readonly ExportQueue queue;
    private readonly Outage outage;
    private readonly ExportCounters counters = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Task senders;

    /// <summary>The encoding of the batch that was taken last.</summary>
    private Task encoding = Task.CompletedTask;

    private int warned;

    /// <param name="notice">Told in one line when deliveries begin to fail, when they work again, at the first refusal for each
    /// reason, and at the first warning. Called by senders: it must not block.</param>
    public OtlpSink(OtlpOptions options, Action<string>? notice = null, TimeProvider? time = null)
    {
        this.options = options;
        time ??= TimeProvider.System;
        this.notice = notice ?? (static _ => { });
        transport = options.Protocol == OtlpProtocol.Grpc
            ? new GrpcTransport(options)
            : new HttpTransport(options, time);
        queue = new ExportQueue(options.MaxQueuedBytes);
        outage = new Outage(options, time, this.notice);
        // Senders outlive the caller's activity, and must not belong to it.
        using (ExecutionContext.SuppressFlow())
            senders = Task.WhenAll(Enumerable.Range(0, options.Senders).Select(_ => Task.Run(SendAllAsync)));
    }

    public ExportCounts Counts => counters.Read();

    /// <summary>Takes the batch, to be encoded while the caller makes the next one. Waits while the queue is full.</summary>
    /// <exception cref="CollectorUnreachableException">The sink has given up. The batch was not taken.</exception>
    public async ValueTask WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        await encoding.ConfigureAwait(false);
        await queue.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
        counters.Take(batch.Count);
        encoding = Task.Run(() => Encode(batch), CancellationToken.None);
    }

    /// <summary>Waits until every span is confirmed or refused.</summary>
    /// <exception cref="CollectorUnreachableException">The sink has given up.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await encoding.ConfigureAwait(false);
        await queue.WaitUntilEmptyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops within 5 s. What is still queued is not sent: flush first.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        queue.Fail(new ObjectDisposedException(nameof(OtlpSink)));
        await Task.WhenAny(senders, Task.Delay(StopWithin)).ConfigureAwait(false);
        transport.Dispose();
    }

    private void Encode(SpanBatch batch)
    {
        for (var next = 0; next < batch.Count;)
            queue.Add(OtlpTraces.Encode(batch, ref next, options.MaxRequestBytes));
        batch.Return();
    }

    private async Task SendAllAsync()
    {
        try
        {
            while (true)
            {
                var request = await queue.TakeAsync(stop.Token).ConfigureAwait(false);
                if (!await DeliverAsync(request).ConfigureAwait(false))
                    break;
                queue.Settle(request);
            }
            queue.Fail(outage.GivenUp(counters.Read()));
            await stop.CancelAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            // Whoever waits for the sink must hear of it.
            queue.Fail(e);
            throw;
        }
    }

    /// <summary>Sends until the collector confirms or refuses.</summary>
    /// <returns>False when it is time to give up.</returns>
    private async Task<bool> DeliverAsync(EncodedRequest request)
    {
        for (var failures = 1; ; failures++)
        {
            counters.Request();
            var result = await transport.SendAsync(request, stop.Token).ConfigureAwait(false);
            if (result.Outcome != ExportOutcome.Retry)
            {
                outage.End();
                if (result.Outcome == ExportOutcome.TooLarge && request.SpanCount > 1)
                    return await DeliverHalvesAsync(request).ConfigureAwait(false);
                Settle(request, result);
                return true;
            }
            counters.Retry();
            outage.Begin(result.Text);
            var delay = result.Delay > TimeSpan.Zero ? result.Delay.Value : RetryPolicy.Backoff(failures, Random.Shared.NextDouble());
            if (!await outage.WaitAsync(delay, stop.Token).ConfigureAwait(false))
                return false;
        }
    }

    private async Task<bool> DeliverHalvesAsync(EncodedRequest request)
    {
        var (first, second) = request.Halve();
        try
        {
            return await DeliverAsync(first).ConfigureAwait(false) && await DeliverAsync(second).ConfigureAwait(false);
        }
        finally
        {
            first.Return();
            second.Return();
        }
    }

    private void Settle(EncodedRequest request, in ExportResult result)
    {
        var refused = result.Outcome == ExportOutcome.Delivered ? result.RejectedSpans : request.SpanCount;
        if (counters.Settle(request.SpanCount, refused, result))
            notice($"{options.DisplayEndpoint} refused {refused} spans for good ({result.Text}).");
        else if (refused == 0 && result.Message.Length > 0 && Interlocked.Exchange(ref warned, 1) == 0)
            notice($"{options.DisplayEndpoint} took all spans, with a warning: {result.Message}");
    }
}
