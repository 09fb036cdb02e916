namespace SparkObs.Cli.Tree;

/// <summary>Siblings as they are shown: a few lines, and the rest of a kind as one line.</summary>
internal static class SiblingFold
{
    /// <summary>Siblings of one kind without problems: beyond this many, only the longest are shown.</summary>
    private const int FoldFrom = 20;

    private const int LongestShown = 15;

    /// <summary>Siblings of one kind with problems: after this many, one has seen how it goes.</summary>
    private const int ProblemsShown = 50;

    /// <summary>Which of the siblings have a line, in their order, and what the folded ones were.</summary>
    public static (IReadOnlyList<TreeNode> Shown, IReadOnlyList<string> Folded) Fold(IReadOnlyList<TreeNode> siblings)
    {
        if (siblings.Count <= FoldFrom)
            return (siblings, []);
        var hidden = new HashSet<TreeNode>();
        var folded = new List<string>();
        foreach (var kind in siblings.GroupBy(node => node.Kind))
        {
            var fine = kind.Where(node => !node.HasProblem).ToList();
            if (fine.Count > FoldFrom)
                Hide([.. fine.OrderByDescending(node => node.DurationMs).Skip(LongestShown)], "");
            Hide([.. kind.Where(node => node.HasProblem).OrderByDescending(node => node.Outcome).Skip(ProblemsShown)], " with problems");

            void Hide(IReadOnlyList<TreeNode> rest, string what)
            {
                if (rest.Count == 0)
                    return;
                hidden.UnionWith(rest);
                var time = Human.Duration(rest.Sum(node => node.DurationMs));
                folded.Add($"{Human.Count(rest.Count)} more {NameOf(kind.Key, rest.Count)}{what}, {time} in all");
            }
        }
        return ([.. siblings.Where(node => !hidden.Contains(node))], folded);
    }

    private static string NameOf(NodeKind kind, int count) => kind switch
    {
        NodeKind.Sql => "SQL execution",
        NodeKind.Batch when count != 1 => "batche",
        _ => kind.ToString().ToLowerInvariant(),
    } + (count == 1 ? "" : "s");
}
