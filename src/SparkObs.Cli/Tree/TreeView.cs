namespace SparkObs.Cli.Tree;

/// <summary>The whole screen: a header, the trees, and what stands out.</summary>
internal sealed class TreeView(ApplicationTree tree, int width, Glyphs glyphs)
{
    /// <summary>Below this no column is left to read; lines then wrap.</summary>
    public const int MinWidth = 72;

    private const int ErrorLines = 3;

    private readonly int width = Math.Max(MinWidth, width);

    public IEnumerable<TreeLine> Draw()
    {
        foreach (var line in DrawHeader())
            yield return line;
        foreach (var section in tree.Sections)
        {
            yield return new TreeLine();
            if (section.Title is { } title)
                yield return new TreeLine().Add(ScreenText.Fit(ScreenText.OneLine(title), width, glyphs.Ellipsis), Tone.Strong);
            foreach (var line in new TreeRows(section, width, glyphs).Draw())
                yield return line;
        }
        foreach (var line in DrawFindings())
            yield return line;
    }

    private IEnumerable<TreeLine> DrawHeader()
    {
        var facts = tree.Facts;
        yield return new TreeLine().Add(Fit(facts.Name ?? facts.Id ?? "(an application without a name)"), Tone.Strong);
        yield return Dim(
            facts.Id,
            facts.AttemptId is null ? null : $"attempt {facts.AttemptId}",
            facts.SparkVersion is null ? null : $"Spark {facts.SparkVersion}",
            facts.User is null ? null : $"user {facts.User}",
            facts.Master);
        if (tree.Application is not { } application)
            yield break;
        var (word, tone) = application.Outcome switch
        {
            Outcome.Incomplete => ("INCOMPLETE", Tone.Warning),
            Outcome.Failed => ("FAILED", Tone.Bad),
            _ => ("completed", Tone.Good),
        };
        var after = $" after {Human.Duration(application.DurationMs)}, started {Human.Time(application.StartMs)}";
        yield return new TreeLine().Add(word, tone).Add(after);
        yield return new TreeLine().Add($"trace {application.Trace}");
        yield return Dim(
            Human.Count(facts.SqlExecutions, "SQL execution"),
            Human.Count(facts.Jobs, "job") + Parts((facts.JobsFailed, "failed")),
            Human.Count(facts.Stages, "stage attempt") + Parts((facts.StagesFailed, "failed")),
            Human.Count(facts.Tasks, "task") + Parts((facts.TasksFailed, "failed"), (facts.TasksKilled, "killed")),
            facts.SpansUnsampled > 0 ? $"{Human.Count(facts.SpansUnsampled, "span")} not sampled by the caller" : null,
            tree.Omitted > 0 ? $"{Human.Count(tree.Omitted, "span")} beyond what a tree shows" : null);
    }

    private IEnumerable<TreeLine> DrawFindings()
    {
        var findings = Findings.Of(tree, glyphs);
        yield return new TreeLine();
        yield return new TreeLine().Add("What stands out", Tone.Strong);
        if (findings.Count == 0)
            yield return new TreeLine().Add("nothing: no failures, skew or spill", Tone.Good);
        foreach (var finding in findings)
        {
            var indent = "- ";
            foreach (var line in ScreenText.Wrap(finding.Text, width - indent.Length, 2, glyphs.Ellipsis))
            {
                yield return new TreeLine().Add(indent + line, finding.Tone);
                indent = "  ";
            }
            foreach (var line in (finding.Details ?? []).SelectMany(detail => ScreenText.Wrap(detail, width - 4, ErrorLines, glyphs.Ellipsis)))
                yield return new TreeLine().Add("    " + line);
        }
    }

    private TreeLine Dim(params ReadOnlySpan<string?> parts) =>
        new TreeLine().Add(Fit(string.Join(glyphs.Dot, parts.ToArray().Where(part => part is not null))), Tone.Dim);

    private string Fit(string text) => ScreenText.Fit(ScreenText.OneLine(text), width, glyphs.Ellipsis);

    /// <summary><c> (2 failed, 1 killed)</c>, or nothing.</summary>
    private static string Parts(params IEnumerable<(long Count, string What)> parts)
    {
        var some = parts.Where(part => part.Count > 0).Select(part => $"{Human.Count(part.Count)} {part.What}").ToList();
        return some.Count > 0 ? $" ({string.Join(", ", some)})" : "";
    }
}
