using Serilog.Events;
using SparkObs.Spark.Export;

namespace SparkObs.Spark.Logging;

/// <summary>
/// Log records to a collector, one request after the other. A request is sent again until it is settled; meanwhile new events fill the
/// queue, and then are dropped and counted.
/// </summary>
internal sealed class OtlpOutput : ILogOutput
{
    private readonly OtlpOptions options;
    private readonly LogResource resource;
    private readonly LogTally tally;
    private readonly IOtlpTransport transport;
    private readonly CancellationTokenSource stop = new();

    public OtlpOutput(OtlpOptions options, LogResource resource, LogTally tally)
    {
        this.options = options;
        this.resource = resource;
        this.tally = tally;
        transport = options.Protocol == OtlpProtocol.Grpc ? new GrpcTransport(options) : new HttpTransport(options, TimeProvider.System);
    }

    public LogTally Tally => tally;

    public void Write(ReadOnlySpan<LogEvent> events)
    {
        for (var next = 0; next < events.Length;)
            Deliver(OtlpLogs.Encode(events, ref next, options.MaxRequestBytes, resource.Current, tally));
    }

    public void Abandon() => stop.Cancel();

    public void Dispose()
    {
        transport.Dispose();
        stop.Dispose();
    }

    private void Deliver(EncodedRequest request)
    {
        if (request.SpanCount == 0)
        {
            request.Return();
            return;
        }
        var result = Send(request);
        if (result.Outcome == ExportOutcome.TooLarge && request.SpanCount > 1)
        {
            var (first, second) = request.Halve();
            request.Return();
            Deliver(first);
            Deliver(second);
            return;
        }
        var refused = result.Outcome == ExportOutcome.Delivered ? Math.Min(request.SpanCount, result.RejectedSpans) : request.SpanCount;
        if (refused > 0)
        {
            if (result.Outcome != ExportOutcome.Retry)
                tally.Begin($"{options.DisplayEndpoint} refused log records for good ({result.Text}).");
            tally.AddDropped(refused, result.Reason);
        }
        else
        {
            tally.End(options.DisplayEndpoint);
        }
        tally.AddWritten(request.SpanCount - refused);
        request.Return();
    }

    /// <summary>Sends until it is settled, or given up.</summary>
    private ExportResult Send(EncodedRequest request)
    {
        var faults = 0;
        for (var failures = 1; ; failures++)
        {
            ExportResult result;
            try
            {
                // The queue's own thread: nobody else waits for it.
                result = transport.SendAsync(request, stop.Token).GetAwaiter().GetResult();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return new ExportResult(ExportOutcome.Retry, "not delivered");
            }
            catch (Exception e)
            {
                result = RetryPolicy.OfFault(e, ++faults);
            }
            if (result.Outcome != ExportOutcome.Retry)
                return result;
            tally.Begin($"{options.DisplayEndpoint} takes no log records ({result.Text}); trying again.");
            if (stop.Token.WaitHandle.WaitOne(RetryPolicy.Delay(result.Delay, failures, Random.Shared.NextDouble())))
                return new ExportResult(ExportOutcome.Retry, "not delivered");
        }
    }
}
