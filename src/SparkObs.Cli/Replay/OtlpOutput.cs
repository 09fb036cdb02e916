using SparkObs.Cli.Tree;
using SparkObs.Spark.Export;

namespace SparkObs.Cli.Replay;

/// <summary>Sends all applications' spans to one collector.</summary>
internal sealed class OtlpOutput(OtlpOptions options, Terminal terminal) : IReplayOutput
{
    private readonly OtlpSink sink = new(options, terminal.Note);

    public bool ShowsOpenSpans => false;

    public long Refused => sink.Counts.Refused;

    public ISpanSink Begin() => sink;

    public void End() { }

    public string? Summary()
    {
        var counts = sink.Counts;
        return $"{Human.Count(counts.Exported, "span")} exported to {options.DisplayEndpoint}, {Human.Count(counts.Refused)} refused"
            + Undelivered.Text(counts, options);
    }

    public ValueTask DisposeAsync() => sink.DisposeAsync();
}
