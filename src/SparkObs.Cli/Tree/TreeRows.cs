namespace SparkObs.Cli.Tree;

/// <summary>The lines of one section: a row a node (name, duration, bar, facts), and below it what is notable.</summary>
internal sealed class TreeRows(TreeSection section, int width, Glyphs glyphs)
{
    /// <summary>Spark nests SQL executions twice at most; a log that claims more is not followed for ever.</summary>
    private const int MaxDepth = 24;

    private const int DurationCells = 8;
    private const int Gap = 2;
    private const int ErrorLines = 2;

    private readonly TimeBar bar = new(section.StartMs, section.EndMs, width >= 110 ? 20 : 12, glyphs);
    private readonly int nameCells = Math.Clamp(width * 2 / 5, 30, 80);
    private readonly List<TreeLine> lines = [];

    /// <summary>What a node's parents have said already, and it need not say again.</summary>
    private sealed record Above(IReadOnlyList<string> Titles, IReadOnlyList<string> Errors);

    public IReadOnlyList<TreeLine> Draw()
    {
        DrawSiblings(section.Roots, "", 0, new Above([], []));
        return lines;
    }

    private void DrawSiblings(IReadOnlyList<TreeNode> siblings, string guide, int depth, Above above)
    {
        var (shown, folded) = SiblingFold.Fold(siblings);
        for (var i = 0; i < shown.Count; i++)
        {
            var last = i == shown.Count - 1 && folded.Count == 0;
            if (depth == 0)
                DrawNode(shown[i], "", "", depth, above);
            else if (last)
                DrawNode(shown[i], guide + glyphs.Last, guide + glyphs.Blank, depth, above);
            else
                DrawNode(shown[i], guide + glyphs.Branch, guide + glyphs.Through, depth, above);
        }
        for (var i = 0; i < folded.Count; i++)
        {
            var branch = depth == 0 ? "" : guide + (i == folded.Count - 1 ? glyphs.Last : glyphs.Branch);
            lines.Add(new TreeLine().Add(branch, Tone.Dim).Add($"{glyphs.Ellipsis} {folded[i]}", Tone.Dim));
        }
    }

    private void DrawNode(TreeNode node, string branch, string guide, int depth, Above above)
    {
        var facts = StageWords.Facts(node);
        var title = new[] { node.Title, node.CallSite }.FirstOrDefault(text => !above.Titles.Contains(text)) ?? "";
        DrawRow(node, title, branch, facts);
        var below = guide + (node.Children.Count > 0 && depth < MaxDepth ? glyphs.Through : glyphs.Blank);
        if (facts.Count > 0)
            AddDetail(below, string.Join(glyphs.Dot, facts), Tone.Dim, 1);
        var errors = DrawErrors(node, below, above.Errors);
        if (node.Stage is { } stage)
        {
            if (StageWords.Warnings(stage) is { Count: > 0 } warnings)
                AddDetail(below, string.Join(glyphs.Dot, warnings), Tone.Warning, ErrorLines);
            if (stage.Skewed && node.Tasks is { } tasks)
                AddDetail(below, "slowest: " + string.Join(", ", tasks.Slowest.Select(StageWords.Task)), Tone.Dim, ErrorLines);
        }
        if (node.Calls is { SlowestMs: >= 0 } calls)
            AddDetail(below, string.Join(glyphs.Dot, StageWords.Calls(calls)), Tone.Dim, 1);
        if (section.Title is not null && node.Parent.IsNone)
            AddDetail(below, $"trace {node.Trace}", Tone.Dim, 1);
        if (node.Children.Count > 0 && depth < MaxDepth)
            DrawSiblings(node.Children, guide, depth + 1, new Above([.. above.Titles, title], errors));
    }

    /// <summary>Takes the facts that fit off the list.</summary>
    private void DrawRow(TreeNode node, string title, string branch, List<string> facts)
    {
        var line = new TreeLine().Add(branch, Tone.Dim);
        var room = nameCells - branch.Length;
        var label = ScreenText.Fit(ScreenText.OneLine(node.Label), room, glyphs.Ellipsis);
        line.Add(label, Tone.Strong);
        room -= ScreenText.Cells(label);
        line.Add(ScreenText.Pad(room > Gap ? "  " + ScreenText.FitTitle(title, room - Gap, glyphs.Ellipsis) : "", room));
        line.Add(Human.Duration(node.DurationMs).PadLeft(Gap + DurationCells));
        line.Add("  ").Add(bar.Draw(node.StartMs, node.EndMs), ToneOf(node.Outcome, Tone.Bar));
        var left = width - nameCells - DurationCells - bar.Cells - 2 * Gap;
        var separator = "  ";
        if (Word(node.Outcome) is { } word)
            AddFact(word, ToneOf(node.Outcome, Tone.Plain));
        while (facts is [var fact, ..] && separator.Length + ScreenText.Cells(fact) <= left)
        {
            AddFact(fact, Tone.Dim);
            facts.RemoveAt(0);
        }
        lines.Add(line);

        void AddFact(string fact, Tone tone)
        {
            line.Add(separator, Tone.Dim).Add(fact, tone);
            left -= separator.Length + ScreenText.Cells(fact);
            separator = glyphs.Dot;
        }
    }

    /// <summary>An error that stands above already (a job has its stage's) is not said again.</summary>
    private IReadOnlyList<string> DrawErrors(TreeNode node, string guide, IReadOnlyList<string> above)
    {
        if (node.Error is { Length: > 0 } error && !IsKnown(error, above))
        {
            AddDetail(guide, error, ToneOf(node.Outcome, Tone.Bad), ErrorLines);
            above = [.. above, error];
        }
        if (node.Tasks is not { } tasks)
            return above;
        foreach (var group in tasks.Errors)
        {
            var text = ScreenText.FirstLine(group.Text);
            AddDetail(guide, $"{Human.Count(group.Count)} {glyphs.Times} {(IsKnown(text, above) ? "the error above" : text)}", Tone.Bad, 1);
        }
        if (tasks.OtherErrors > 0)
            AddDetail(guide, $"{Human.Count(tasks.OtherErrors)} {glyphs.Times} other errors", Tone.Bad, 1);
        return above;
    }

    private static bool IsKnown(string error, IReadOnlyList<string> above) =>
        above.Any(known => known.Contains(error, StringComparison.Ordinal) || error.Contains(known, StringComparison.Ordinal));

    private void AddDetail(string guide, string text, Tone tone, int maxLines)
    {
        foreach (var line in ScreenText.Wrap(text, Math.Max(20, width - guide.Length), maxLines, glyphs.Ellipsis))
            lines.Add(new TreeLine().Add(guide, Tone.Dim).Add(line, tone));
    }

    private static string? Word(Outcome outcome) => outcome switch
    {
        Outcome.Failed => "FAILED",
        Outcome.Cancelled => "cancelled",
        Outcome.Incomplete => "INCOMPLETE",
        _ => null,
    };

    private static Tone ToneOf(Outcome outcome, Tone fine) => outcome switch
    {
        Outcome.Failed => Tone.Bad,
        Outcome.Cancelled or Outcome.Incomplete => Tone.Warning,
        _ => fine,
    };
}
