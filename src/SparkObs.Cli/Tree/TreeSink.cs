using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Tree;

/// <summary>
/// Collects of one application's spans what its tree shows. Children come before their parents; of tasks only a few notes a
/// stage are kept, so memory does not grow with their number.
/// </summary>
internal sealed class TreeSink : ISpanSink
{
    /// <summary>About 1 kB each, and more than anybody reads on a terminal. Beyond it spans are counted.</summary>
    public const int MaxNodes = 20_000;

    /// <summary>Room beyond <see cref="MaxNodes"/> for what went wrong: it is what one looks for.</summary>
    private const int RoomForProblems = 2_000;

    private readonly Dictionary<SpanId, TreeNode> nodes = [];

    /// <summary>A task's call names the stage, which comes later.</summary>
    private readonly Dictionary<(long Id, long Attempt), CallNotes> callsOfStages = [];

    public ApplicationFacts Facts { get; } = new();

    public IReadOnlyCollection<TreeNode> Nodes => nodes.Values;

    /// <summary>Spans without a line, beyond the limits.</summary>
    public long Omitted { get; private set; }

    /// <summary>What the calls of a stage's tasks cost.</summary>
    public CallNotes? CallsOf(TreeNode stage) => stage.StageKey is { } key ? callsOfStages.GetValueOrDefault(key) : null;

    public ValueTask WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        Take(batch);
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public void Take(SpanBatch batch)
    {
        Facts.ReadResource(batch.Resource);
        foreach (ref readonly var span in batch.Spans)
        {
            if (span.Name is not (SpanNames.ApplicationStarted or SpanNames.JobStarted)) // markers: the spans themselves come
                Add(batch, span);
        }
        batch.TakeSettled(); // not before it is drawn
        batch.Return();
    }

    private void Add(SpanBatch batch, in SpanRecord span)
    {
        if (span.Kind == SpanKind.Client)
        {
            AddCall(span, new SpanAttributes(batch.Attributes(span)));
            return;
        }
        if (span.Name == SpanNames.Task)
        {
            if (NodeFor(span.Parent, problem: span.Status == SpanStatus.Error) is { } stage)
                (stage.Tasks ??= new TaskNotes()).Add(span, new SpanAttributes(batch.Attributes(span)));
            return;
        }
        if (NodeReader.KindOf(span.Name) is not { } kind)
            return;
        var isApplication = kind == NodeKind.Application;
        if (NodeFor(span.Id, problem: isApplication || span.Status == SpanStatus.Error) is not { } node)
            return;
        NodeReader.Read(node, kind, span, new SpanAttributes(batch.Attributes(span)));
        if (isApplication)
            Facts.ReadSpan(batch, span);
        else if (!span.Parent.IsNone && !span.ParentIsRemote)
            NodeFor(span.Parent, problem: true); // a line that is shown needs its parents
    }

    private void AddCall(in SpanRecord span, SpanAttributes attributes)
    {
        if (attributes.Int(SparkAttributes.StageId) is { } stage)
        {
            var key = (stage, attributes.Int(SparkAttributes.StageAttempt) ?? 0);
            if (!callsOfStages.TryGetValue(key, out var notes) && callsOfStages.Count < MaxNodes)
                callsOfStages.Add(key, notes = new CallNotes());
            notes?.Add(span, attributes);
        }
        else if (NodeFor(span.Parent, problem: false) is { } node)
        {
            (node.Calls ??= new CallNotes()).Add(span, attributes);
        }
    }

    private TreeNode? NodeFor(SpanId id, bool problem)
    {
        if (nodes.TryGetValue(id, out var node))
            return node;
        if (nodes.Count >= MaxNodes + (problem ? RoomForProblems : 0))
        {
            Omitted++;
            return null;
        }
        nodes.Add(id, node = new TreeNode(id));
        return node;
    }
}
