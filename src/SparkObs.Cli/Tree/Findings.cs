namespace SparkObs.Cli.Tree;

/// <summary>One thing that stands out, with lines that say more.</summary>
internal sealed record Finding(Tone Tone, string Text, IReadOnlyList<string>? Details = null);

/// <summary>What somebody on call should look at, the worst first.</summary>
internal static class Findings
{
    /// <summary>Of each sort; the rest is a count, and the tree has them.</summary>
    private const int MaxOfASort = 8;

    /// <summary>A stage that takes this part of the application's time decides how long it runs.</summary>
    private const double SlowShare = 0.25;

    private const long SlowMs = 1_000;

    public static IReadOnlyList<Finding> Of(ApplicationTree tree, Glyphs glyphs)
    {
        var findings = new List<Finding>();
        if (tree.Application is { Outcome: Outcome.Incomplete })
            findings.Add(new(Tone.Warning, "INCOMPLETE: the log ends without the application's end; it was killed, still runs, or the log was cut"));
        else if (tree.Application is { Outcome: Outcome.Failed } failed)
            findings.Add(new(Tone.Bad, $"FAILED: the application{(tree.Facts.ExitCode is { } code ? $" ended with exit code {code}" : "")}", Errors(failed.Error)));

        var lost = tree.Facts.LostExecutors.Select(text => new Finding(Tone.Bad, $"lost {ScreenText.FirstLine(text)}"));
        AddAtMost(findings, lost, tree.Facts.MoreLostExecutors, "lost executors");

        var all = tree.Sections.SelectMany(section => section.Roots).SelectMany(Below).ToList();
        var troubles = Troubles(tree.Sections.SelectMany(section => section.Roots)).ToList();
        AddAtMost(findings, troubles.Where(t => t[^1].Outcome == Outcome.Failed).Select(t => Failure(t, glyphs)), 0, "failures");
        AddAtMost(findings, troubles.Where(t => t[^1].Outcome == Outcome.Cancelled).Select(t => Cancelled(t, glyphs)), 0, "cancelled");

        var retried = all.Where(node => node is { Stage.Failed: > 0, Outcome: Outcome.Fine }).ToList();
        if (retried.Count > 0)
        {
            findings.Add(new(Tone.Warning, $"{Human.Count(retried.Sum(node => node.Stage!.Failed), "task")} failed and ran again in stages that went well: "
                + string.Join(", ", retried.Take(MaxOfASort).Select(node => node.Label)) + (retried.Count > MaxOfASort ? $" and {Human.Count(retried.Count - MaxOfASort)} more" : "")));
        }

        // One line a stage: what is wrong with it, and how much of the time is at stake.
        var stages = all.Where(node => node.Stage is not null).OrderByDescending(node => node.DurationMs).ToList();
        AddAtMost(findings, stages.Where(HasWarnings).Select(node => new Finding(Tone.Warning, Name(node) + Share(node, tree.Application), StageWords.Warnings(node.Stage!))), 0, "stages");
        AddAtMost(findings, stages.Where(node => !HasWarnings(node) && IsSlow(node, tree.Application)).Select(node => new Finding(Tone.Plain, Name(node) + Share(node, tree.Application))), 0, "slow stages");
        return findings;
    }

    private static void AddAtMost(List<Finding> findings, IEnumerable<Finding> sort, int more, string name)
    {
        var all = sort.ToList();
        findings.AddRange(all.Take(MaxOfASort));
        more += Math.Max(0, all.Count - MaxOfASort);
        if (more > 0)
            findings.Add(new(Tone.Dim, $"{Human.Count(more)} more {name}"));
    }

    private static bool HasWarnings(TreeNode stage) => StageWords.Warnings(stage.Stage!).Count > 0;

    private static bool IsSlow(TreeNode stage, TreeNode? application) =>
        application is { DurationMs: > 0 } && stage.DurationMs >= SlowMs && stage.DurationMs >= SlowShare * application.DurationMs;

    private static string Share(TreeNode stage, TreeNode? application) => $" took {Human.Duration(stage.DurationMs)}"
        + (IsSlow(stage, application) ? $", {Human.Percent((double)stage.DurationMs / application!.DurationMs)} of the application's time" : "");

    private static Finding Failure(List<TreeNode> path, Glyphs glyphs) =>
        new(Tone.Bad, $"FAILED {Where(path, glyphs)}{(path[0].Kind == NodeKind.Stage ? " (its job went on)" : "")}", Errors(path.Select(node => node.Error).FirstOrDefault(error => error is { Length: > 0 })));

    private static Finding Cancelled(List<TreeNode> path, Glyphs glyphs) => new(Tone.Warning, $"cancelled {Where(path, glyphs)}", Errors(path[0].Error));

    private static string Where(List<TreeNode> path, Glyphs glyphs) =>
        string.Join(glyphs.Arrow, path.Select(node => node.Label)) + (path[0].Title.Length > 0 ? $": {path[0].Title}" : "");

    private static List<string> Errors(string? error) => error is { Length: > 0 } ? [error] : [];

    private static string Name(TreeNode node) => node.Title.Length > 0 ? $"{node.Label} {node.Title}" : node.Label;

    /// <summary>Each failed or cancelled node whose parents are neither, with the way down to the deepest one of its sort.</summary>
    private static IEnumerable<List<TreeNode>> Troubles(IEnumerable<TreeNode> nodes)
    {
        foreach (var node in nodes)
        {
            if (node.Kind == NodeKind.Application || node.Outcome is not (Outcome.Failed or Outcome.Cancelled))
            {
                foreach (var below in Troubles(node.Children))
                    yield return below;
                continue;
            }
            var way = new List<TreeNode> { node };
            while (way[^1].Children.Find(child => child.Outcome == node.Outcome) is { } deeper)
                way.Add(deeper);
            yield return way;
        }
    }

    private static IEnumerable<TreeNode> Below(TreeNode root)
    {
        var open = new Stack<TreeNode>([root]);
        while (open.TryPop(out var node))
        {
            yield return node;
            foreach (var child in node.Children)
                open.Push(child);
        }
    }
}
