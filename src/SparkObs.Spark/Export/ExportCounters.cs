namespace SparkObs.Spark.Export;

/// <summary>What a sink did so far, taken at one moment: always <c>Taken + TakenOver = Exported + Refused + Queued</c>.</summary>
/// <param name="Taken">Spans that the sink took over.</param>
/// <param name="TakenOver">Spans that an earlier process had left on disk.</param>
/// <param name="Exported">Spans that the collector confirmed.</param>
/// <param name="Refused">Spans that the collector refused for good, or whose file could not be read.</param>
/// <param name="QueuedInMemory">Spans that wait or are on their way; once the sink has given up, those that are lost.</param>
/// <param name="QueuedOnDisk">Spans that wait or are on their way, and are in the queue's directory: what this process leaves, the
/// next one sends.</param>
/// <param name="Requests">Requests sent, each try counted.</param>
/// <param name="Retries">Requests that were answered with "try again", or not at all.</param>
/// <param name="RefusedByReason">The refused spans by reason.</param>
/// <param name="LastRefusal">What the collector said when it last refused spans.</param>
internal sealed record ExportCounts(
    long Taken, long TakenOver, long Exported, long Refused, long QueuedInMemory, long QueuedOnDisk, long Requests, long Retries,
    IReadOnlyDictionary<string, long> RefusedByReason, string? LastRefusal)
{
    public long Queued => QueuedInMemory + QueuedOnDisk;

    /// <summary>Of the refused spans, those whose request was set aside and then deleted to make room for newer ones.</summary>
    public long SetAsideDeleted { get; init; }
}

/// <summary>The sink's side of the ledger. Changes are whole: no reader sees a span in two places or in none.</summary>
internal sealed class ExportCounters
{
    private readonly object gate = new();

    /// <summary>Bounded by nature: reasons are status codes and types of exceptions.</summary>
    private readonly SortedDictionary<string, long> refusedByReason = new(StringComparer.Ordinal);

    private long taken, takenOver, exported, refused, inMemory, onDisk, requests, retries;
    private string? lastRefusal;

    public ExportCounts Read()
    {
        lock (gate)
        {
            return new ExportCounts(taken, takenOver, exported, refused, inMemory, onDisk, requests, retries,
                new SortedDictionary<string, long>(refusedByReason, StringComparer.Ordinal), lastRefusal);
        }
    }

    public void Take(int spans)
    {
        lock (gate)
        {
            taken += spans;
            inMemory += spans;
        }
    }

    public void TakeOver(int spans)
    {
        lock (gate)
        {
            takenOver += spans;
            onDisk += spans;
        }
    }

    public void ToDisk(int spans)
    {
        lock (gate)
        {
            inMemory -= spans;
            onDisk += spans;
        }
    }

    public void ToMemory(int spans) => ToDisk(-spans);

    /// <summary>A request was sent and answered, or not.</summary>
    public void Request(in ExportResult result, TimeSpan took)
    {
        ExportMetrics.Request(result, took);
        lock (gate)
        {
            requests++;
            if (result.Outcome == ExportOutcome.Retry)
                retries++;
        }
    }

    /// <summary>A request of so many spans was answered for good, and some or all of them were refused.</summary>
    /// <param name="wasOnDisk">Where it was queued.</param>
    /// <returns>Whether it is the first refusal for that reason.</returns>
    public bool Settle(int spans, bool wasOnDisk, long refusedSpans, in ExportResult result)
    {
        var lost = Math.Min(spans, refusedSpans);
        ExportMetrics.Settled(spans - lost, lost, result.Reason);
        lock (gate)
        {
            if (wasOnDisk)
                onDisk -= spans;
            else
                inMemory -= spans;
            exported += spans - lost;
            if (lost == 0)
                return false;
            refused += lost;
            lastRefusal = result.Text;
            var known = refusedByReason.TryGetValue(result.Reason, out var before);
            refusedByReason[result.Reason] = before + lost;
            return !known;
        }
    }
}
