namespace SparkObs.Spark.Export;

/// <summary>What a sink did so far, taken at one moment: always <c>Taken = Exported + Refused + Queued</c>.</summary>
/// <param name="Taken">Spans that the sink took over.</param>
/// <param name="Exported">Spans that the collector confirmed.</param>
/// <param name="Refused">Spans that the collector refused for good.</param>
/// <param name="Queued">Spans that wait or are on their way; once the sink has given up, those not delivered.</param>
/// <param name="Requests">Requests sent, each try counted.</param>
/// <param name="Retries">Requests that were answered with "try again", or not at all.</param>
/// <param name="RefusedByReason">The refused spans by reason.</param>
/// <param name="LastRefusal">What the collector said when it last refused spans.</param>
internal sealed record ExportCounts(
    long Taken, long Exported, long Refused, long Queued, long Requests, long Retries,
    IReadOnlyDictionary<string, long> RefusedByReason, string? LastRefusal);

/// <summary>The sink's side of the ledger. Changes are whole: no reader sees a span in two places or in none.</summary>
internal sealed class ExportCounters
{
    private readonly object gate = new();

    /// <summary>Bounded by nature: reasons are status codes.</summary>
    private readonly SortedDictionary<string, long> refusedByReason = new(StringComparer.Ordinal);

    private long taken, exported, refused, requests, retries;
    private long queued;
    private string? lastRefusal;

    public ExportCounts Read()
    {
        lock (gate)
        {
            return new ExportCounts(taken, exported, refused, queued, requests, retries,
                new SortedDictionary<string, long>(refusedByReason, StringComparer.Ordinal), lastRefusal);
        }
    }

    public void Take(int spans)
    {
        lock (gate)
        {
            taken += spans;
            queued += spans;
        }
    }

    public void Request()
    {
        lock (gate)
            requests++;
    }

    public void Retry()
    {
        lock (gate)
            retries++;
    }

    /// <summary>A request of so many spans was answered for good, and some or all of them were refused.</summary>
    /// <returns>Whether it is the first refusal for that reason.</returns>
    public bool Settle(int spans, long refusedSpans, in ExportResult result)
    {
        var lost = Math.Min(spans, refusedSpans);
        lock (gate)
        {
            queued -= spans;
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
