using SparkObs.Cli;
using SparkObs.Cli.Tree;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Cli;

/// <summary>Spans written by hand, children first as the builder does, and the screen that they give.</summary>
internal sealed class HandMade
{
    public const long Start = 1_790_000_000_000;

    public static readonly TraceId Trace = new(0x4bf92f3577b34da6, 0xa3ce929d0e0e4736);

    private readonly SpanBatch batch = new();

    public HandMade(string name = "daily report", string id = "app-1") => batch.Resource = new SpanResource(
    [
        new(SparkAttributes.AppName, name), new(SparkAttributes.AppId, id), new(SparkAttributes.SparkVersion, "3.5.3"),
    ]);

    public HandMade Span(
        string name, ulong id, ulong parent, long from, long to, Action<SpanBatch>? attributes = null,
        string? error = null, string? errorType = null, TraceId? trace = null, bool remoteParent = false)
    {
        ref var span = ref batch.Begin(name, trace ?? Trace, new SpanId(id), new SpanId(parent), Start + from, Start + to);
        span.ParentIsRemote = remoteParent;
        if (error is not null)
        {
            span.Status = SpanStatus.Error;
            span.StatusMessage = error;
            batch.Set(SparkAttributes.ErrorType, errorType ?? ErrorTypes.Failed);
        }
        attributes?.Invoke(batch);
        batch.End();
        return this;
    }

    public HandMade Task(ulong stage, long id, long from, long to, string? error = null) => Span(SpanNames.Task, 0x9000 + (ulong)id, stage, from, to, batch =>
    {
        batch.Set(SparkAttributes.TaskId, id);
        batch.Set(SparkAttributes.TaskIndex, id % 100);
        batch.Set(SparkAttributes.TaskAttempt, 0);
        batch.Set(SparkAttributes.ExecutorId, "1");
    }, error);

    public HandMade Call(string name, ulong parent, double from, double to, Action<SpanBatch> attributes, string? error = null)
    {
        var id = 0xc000_0000 + (ulong)batch.Count;
        ref var span = ref batch.Begin(name, Trace, new SpanId(id), new SpanId(parent), Start + (long)from, Start + (long)to);
        span.Kind = SpanKind.Client;
        span.StartNanos = (int)Math.Round(from % 1 * 1e6);
        span.EndNanos = (int)Math.Round(to % 1 * 1e6);
        span.Status = error is null ? SpanStatus.Unset : SpanStatus.Error;
        span.StatusMessage = error;
        attributes(batch);
        batch.End();
        return this;
    }

    public HandMade Job(long job, ulong id, ulong parent, long from, long to, string? error = null, string? errorType = null, long skipped = 0) =>
        Span("job count at a.py:7", id, parent, from, to, batch =>
        {
            batch.Set(SparkAttributes.JobId, job);
            batch.Set(SparkAttributes.JobStagesSkipped, skipped);
        }, error, errorType);

    public HandMade Stage(long stage, ulong id, ulong parent, long from, long to, Action<SpanBatch>? attributes = null, string? error = null, long attempt = 0) =>
        Span("stage count at a.py:7", id, parent, from, to, batch =>
        {
            batch.Set(SparkAttributes.StageId, stage);
            batch.Set(SparkAttributes.StageAttempt, attempt);
            attributes?.Invoke(batch);
        }, error);

    public HandMade Application(long to, Action<SpanBatch>? attributes = null) => Span(SpanNames.Application, 1, 0, 0, to, batch =>
    {
        batch.Set(SparkAttributes.AppUser, "ada");
        batch.Set(SparkAttributes.Master, "local[2]");
        attributes?.Invoke(batch);
    });

    public void HandTo(TreeSink sink) => sink.Take(batch);

    /// <summary>The screen of the spans so far, without colours.</summary>
    public string Screen(int width = 120, Glyphs? glyphs = null)
    {
        var sink = new TreeSink();
        HandTo(sink);
        using var writer = new StringWriter();
        var terminal = new Terminal { Out = writer, Error = TextWriter.Null, OpenOutput = () => Stream.Null };
        TreeScreen.Write(terminal.ConsoleOn(writer, isTerminal: false, width), new TreeView(new ApplicationTree(sink), width, glyphs ?? Glyphs.Unicode).Draw());
        return writer.ToString();
    }
}
