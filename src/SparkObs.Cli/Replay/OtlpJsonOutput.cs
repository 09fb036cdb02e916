using SparkObs.Spark.Export;

namespace SparkObs.Cli.Replay;

/// <summary>Lines of OTLP/JSON into a file or standard output.</summary>
internal sealed class OtlpJsonOutput(Stream destination) : IReplayOutput
{
    private readonly OtlpJsonSink sink = new(destination);

    public bool ShowsOpenSpans => false;

    public long Refused => 0;

    public ISpanSink Begin() => sink;

    public void End() { }

    public string? Summary() => null;

    public ValueTask DisposeAsync() => sink.DisposeAsync();
}
