namespace SparkObs.Cli.Tree;

/// <summary>Where a span lies on the time line of its section, in a fixed number of cells.</summary>
internal readonly record struct TimeBar(long FromMs, long ToMs, int Cells, Glyphs Glyphs)
{
    /// <summary>
    /// A track with the span's part filled, to the half cell where the glyphs have halves. A span is at least a thin mark,
    /// so that the eye finds it.
    /// </summary>
    public string Draw(long startMs, long endMs)
    {
        var whole = Math.Max(1.0, ToMs - FromMs);
        var halves = Cells * 2;
        var start = Math.Clamp((int)Math.Floor((startMs - FromMs) / whole * halves), 0, halves - 1);
        var end = Math.Clamp((int)Math.Round((endMs - FromMs) / whole * halves), start, halves);
        return string.Create(Cells, (start, end, Glyphs), static (bar, at) =>
        {
            for (var cell = 0; cell < bar.Length; cell++)
            {
                var left = cell * 2 >= at.start && cell * 2 < at.end;
                var right = cell * 2 + 1 >= at.start && cell * 2 + 1 < at.end;
                bar[cell] = left && right ? at.Glyphs.Full : left ? at.Glyphs.LeftHalf : right ? at.Glyphs.RightHalf : at.Glyphs.Track;
            }
            if (at.start == at.end)
                bar[at.start / 2] = at.Glyphs.Thin;
        });
    }
}
