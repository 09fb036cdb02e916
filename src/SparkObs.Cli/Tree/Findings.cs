namespace SparkObs.Cli.Tree;

/// <summary>One thing that stands out, with lines that say more.</summary>
internal sealed record Finding(Tone Tone, string Text, IReadOnlyList<string>? Details = null);

/// <summary>What somebody on call should look at, the worst first.</summary>
internal sealed class Findings
{
    /// <summary>Of each sort; the rest is a count, and the tree has them.</summary>
    private const int MaxOfASort = 8;

    /// <summary>A stage that takes this part of the application's time decides how long it runs.</summary>
    private const double SlowShare = 0.25;

    private const long SlowMs = 1_000;

    private readonly ApplicationTree tree;
    private readonly Glyphs glyphs;
    private readonly List<Finding> findings = [];

    private Findings(ApplicationTree tree, Glyphs glyphs)
    {
        this.tree = tree;
        this.glyphs = glyphs;
    }

    public static IReadOnlyList<Finding> Of(ApplicationTree tree, Glyphs glyphs)
    {
        var found = new Findings(tree, glyphs);
        found.AddApplication();
        found.AddTroubles();
        found.AddStages();
        return found.findings;
    }

    private void AddApplication()
    {
        if (tree.Application is { Outcome: Outcome.Incomplete })
        {
            findings.Add(new(Tone.Warning,
                "INCOMPLETE: the log ends without the application's end; it was killed, still runs, or the log was cut"));
        }
        else if (tree.Application is { Outcome: Outcome.Failed } failed)
        {
            findings.Add(new(Tone.Bad, "FAILED: the application", Errors(failed.Error)));
        }
        var lost = tree.Facts.LostExecutors.Select(text => new Finding(Tone.Bad, $"lost {ScreenText.FirstLine(text)}"));
        AddAtMost(lost, tree.Facts.MoreLostExecutors, "lost executors");
    }

    private void AddTroubles()
    {
        var troubles = Troubles(Roots).ToList();
        AddAtMost(troubles.Where(path => path[0].Outcome == Outcome.Failed).Select(Failure), 0, "failures");
        AddAtMost(troubles.Where(path => path[0].Outcome == Outcome.Cancelled).Select(Cancellation), 0, "cancelled");
    }

    /// <summary>One line a stage: what is wrong with it, and how much of the time is at stake.</summary>
    private void AddStages()
    {
        var stages = Roots.SelectMany(Below).Where(node => node.Stage is not null).OrderByDescending(node => node.DurationMs).ToList();
        var retried = stages.FindAll(node => node is { Stage.Failed: > 0, Outcome: Outcome.Fine });
        if (retried.Count > 0)
        {
            var tasks = Human.Count(retried.Sum(node => node.Stage!.Failed), "task");
            var where = string.Join(", ", retried.Take(MaxOfASort).Select(node => node.Label));
            var more = retried.Count > MaxOfASort ? $" and {Human.Count(retried.Count - MaxOfASort)} more" : "";
            findings.Add(new(Tone.Warning, $"{tasks} failed and ran again in stages that went well: {where}{more}"));
        }
        var warned = stages.FindAll(node => StageWords.Warnings(node.Stage!).Count > 0);
        AddAtMost(warned.Select(node => new Finding(Tone.Warning, Took(node), StageWords.Warnings(node.Stage!))), 0, "stages");
        AddAtMost(stages.Except(warned).Where(IsSlow).Select(node => new Finding(Tone.Plain, Took(node))), 0, "slow stages");
    }

    private IEnumerable<TreeNode> Roots => tree.Sections.SelectMany(section => section.Roots);

    private void AddAtMost(IEnumerable<Finding> sort, int more, string name)
    {
        var all = sort.ToList();
        findings.AddRange(all.Take(MaxOfASort));
        more += Math.Max(0, all.Count - MaxOfASort);
        if (more > 0)
            findings.Add(new(Tone.Dim, $"{Human.Count(more)} more {name}"));
    }

    private Finding Failure(List<TreeNode> path)
    {
        var wentOn = path[0].Kind == NodeKind.Stage ? " (its job went on)" : "";
        var error = path.Select(node => node.Error).FirstOrDefault(error => error is { Length: > 0 });
        return new(Tone.Bad, $"FAILED {Where(path)}{wentOn}", Errors(error));
    }

    private Finding Cancellation(List<TreeNode> path) => new(Tone.Warning, $"cancelled {Where(path)}", Errors(path[0].Error));

    private string Where(List<TreeNode> path) =>
        string.Join(glyphs.Arrow, path.Select(node => node.Label)) + (path[0].Title.Length > 0 ? $": {path[0].Title}" : "");

    private static List<string> Errors(string? error) => error is { Length: > 0 } ? [error] : [];

    private string Took(TreeNode stage)
    {
        var name = stage.Title.Length > 0 ? $"{stage.Label} {stage.Title}" : stage.Label;
        var share = IsSlow(stage) ? $", {Human.Percent((double)stage.DurationMs / tree.Application!.DurationMs)} of the application's time" : "";
        return $"{name} took {Human.Duration(stage.DurationMs)}{share}";
    }

    private bool IsSlow(TreeNode stage) =>
        tree.Application is { DurationMs: > 0 } application
        && stage.DurationMs >= SlowMs && stage.DurationMs >= SlowShare * application.DurationMs;

    /// <summary>Each failed or cancelled node whose parents are neither, with the way down to the deepest one of its sort.</summary>
    private static IEnumerable<List<TreeNode>> Troubles(IEnumerable<TreeNode> roots)
    {
        foreach (var node in roots.SelectMany(root => Below(root, IsTrouble)).Where(IsTrouble))
        {
            var way = new List<TreeNode> { node };
            while (way[^1].Children.Find(child => child.Outcome == node.Outcome) is { } deeper)
                way.Add(deeper);
            yield return way;
        }
    }

    private static bool IsTrouble(TreeNode node) =>
        node.Kind != NodeKind.Application && node.Outcome is (Outcome.Failed or Outcome.Cancelled);

    private static IEnumerable<TreeNode> Below(TreeNode root) => Below(root, static _ => false);

    /// <summary>The node and all below it, in order, but nothing below those where it stops.</summary>
    private static IEnumerable<TreeNode> Below(TreeNode root, Func<TreeNode, bool> stopsAt)
    {
        var open = new Stack<TreeNode>([root]);
        while (open.TryPop(out var node))
        {
            yield return node;
            if (stopsAt(node))
                continue;
            for (var child = node.Children.Count - 1; child >= 0; child--)
                open.Push(node.Children[child]);
        }
    }
}
