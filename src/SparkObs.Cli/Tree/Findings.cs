namespace SparkObs.Cli.Tree;

/// <summary>One thing that stands out.</summary>
internal sealed record Finding(Tone Tone, string Text, string? Error = null);

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
            findings.Add(new(Tone.Bad, $"FAILED: the application{(tree.Facts.ExitCode is { } code ? $" ended with exit code {code}" : "")}", failed.Error));

        var lost = tree.Facts.LostExecutors.Select(text => new Finding(Tone.Bad, $"lost {SafeText.FirstLine(text)}"));
        AddAtMost(findings, lost, tree.Facts.MoreLostExecutors, "lost executors");

        var all = tree.Sections.SelectMany(section => section.Roots).SelectMany(Below).ToList();
        var troubles = Troubles(tree.Sections.SelectMany(section => section.Roots)).ToList();
        AddAtMost(findings, troubles.Where(t => t[^1].Outcome == Outcome.Failed).Select(t => Failure(t, glyphs)), 0, "failures");
        AddAtMost(findings, troubles.Where(t => t[^1].Outcome == Outcome.Cancelled).Select(t => Cancelled(t, glyphs)), 0, "cancelled");

        var stages = all.Where(node => node.Stage is not null).ToList();
        AddStages(findings, stages, stage => stage.Skewed ? stage.LongestTaskMs - stage.MedianTaskMs : null, "skewed stages", StageWords.Skew);
        AddStages(findings, stages, stage => stage.Spilled ? stage.MemorySpilled + stage.DiskSpilled : null, "stages that spilled", StageWords.Spill);
        AddStages(findings, stages, stage => stage.GcShare * stage.RunTimeMs, "stages with much GC",
            stage => $"garbage collection took {Human.Percent(stage.GcShare ?? 0)} of the tasks' run time");
        AddStages(findings, stages, stage => stage.FetchWaitShare * stage.RunTimeMs, "stages that waited for shuffle data",
            stage => $"tasks waited {Human.Percent(stage.FetchWaitShare ?? 0)} of their run time for shuffle data");
        AddStages(findings, stages, stage => stage.SchedulerDelayShare * stage.RunTimeMs, "stages with scheduler delay",
            stage => $"scheduler delay was {Human.Percent(stage.SchedulerDelayShare ?? 0)} of the tasks' time");
        if (tree.Application is { DurationMs: > 0 } application)
        {
            var slow = stages.Where(node => node.DurationMs >= SlowMs && node.DurationMs >= SlowShare * application.DurationMs).OrderByDescending(node => node.DurationMs);
            AddAtMost(findings, slow.Select(node => new Finding(Tone.Plain,
                $"{Name(node)} took {Human.Duration(node.DurationMs)}, {Human.Percent((double)node.DurationMs / application.DurationMs)} of the application's time")), 0, "slow stages");
        }
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

    private static void AddStages(
        List<Finding> findings, List<TreeNode> stages, Func<StageFacts, double?> weight, string name, Func<StageFacts, string> words) =>
        AddAtMost(findings, stages
            .Select(node => (Node: node, Weight: weight(node.Stage!)))
            .Where(stage => stage.Weight is not null)
            .OrderByDescending(stage => stage.Weight)
            .Select(stage => new Finding(Tone.Warning, $"{Name(stage.Node)}: {words(stage.Node.Stage!)}")), 0, name);

    private static Finding Failure(List<TreeNode> path, Glyphs glyphs) =>
        new(Tone.Bad, $"FAILED {Where(path, glyphs)}", path.Select(node => node.Error).FirstOrDefault(error => error is { Length: > 0 }));

    private static Finding Cancelled(List<TreeNode> path, Glyphs glyphs) => new(Tone.Warning, $"cancelled {Where(path, glyphs)}", path[0].Error);

    private static string Where(List<TreeNode> path, Glyphs glyphs) =>
        string.Join(glyphs.Arrow, path.Select((node, i) => i == 0 ? Name(node) : node.Label));

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
