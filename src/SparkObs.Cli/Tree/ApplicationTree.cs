using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Tree;

/// <summary>One tree or several that share a time line.</summary>
/// <param name="Title">Null for the application's own.</param>
/// <param name="Roots">By start.</param>
internal sealed record TreeSection(string? Title, IReadOnlyList<TreeNode> Roots)
{
    public long StartMs { get; } = Roots.Min(root => root.StartMs);

    public long EndMs { get; } = Roots.Max(root => root.EndMs);
}

/// <summary>The collected nodes put together: the application's tree first, then what has traces of its own.</summary>
internal sealed class ApplicationTree
{
    public ApplicationTree(TreeSink sink)
    {
        Facts = sink.Facts;
        Omitted = sink.Omitted;
        var nodes = sink.Nodes.Where(node => node.Arrived)
            .OrderBy(node => node.StartMs).ThenBy(node => node.Kind).ThenBy(node => node.Id.Value)
            .ToList();
        var byId = nodes.ToDictionary(node => node.Id);
        var roots = new List<TreeNode>();
        foreach (var node in nodes)
        {
            if (!node.ParentIsRemote && byId.TryGetValue(node.Parent, out var parent) && parent != node)
                parent.Children.Add(node);
            else
                roots.Add(node);
        }
        foreach (var node in nodes)
            node.Calls ??= sink.CallsOf(node);
        foreach (var node in nodes)
            MarkProblem(node, byId);
        Application = roots.Find(root => root.Kind == NodeKind.Application);
        Sections = [.. roots.GroupBy(SectionOf).OrderBy(group => group.Key.Rank).Select(group => new TreeSection(group.Key.Title, [.. group]))];
    }

    public ApplicationFacts Facts { get; }

    /// <summary>Null when no application span came: the log broke off, and nobody closed it.</summary>
    public TreeNode? Application { get; }

    public IReadOnlyList<TreeSection> Sections { get; }

    public long Omitted { get; }

    private static void MarkProblem(TreeNode node, Dictionary<SpanId, TreeNode> byId)
    {
        if (node.Outcome == Outcome.Fine && node.Stage is not { HasProblem: true })
            return;
        for (var at = node; at is { HasProblem: false }; at = byId.GetValueOrDefault(at.Parent))
            at.HasProblem = true;
    }

    private static (int Rank, string? Title) SectionOf(TreeNode root) => root switch
    {
        { Kind: NodeKind.Application } => (0, null),
        { Kind: NodeKind.Operation } => (2, root.Group),
        { Kind: NodeKind.Batch } => (3, root.Group),
        { ParentIsRemote: true } => (1, $"In a caller's trace {root.Trace}"),
        _ => (4, "Without their parent"),
    };
}
