namespace SparkObs.Cli.Tree;

/// <summary>The characters that the tree is drawn with.</summary>
internal sealed record Glyphs(
    string Branch, string Last, string Through, string Blank, char Full, char LeftHalf, char RightHalf, char Thin, char Track,
    string Dot, string Ellipsis, string Arrow, string Times)
{
    public static Glyphs Unicode { get; } = new("├─ ", "└─ ", "│  ", "   ", '█', '▌', '▐', '▏', '·', " · ", "…", " → ", "×");

    /// <summary>For an output whose encoding has no box characters.</summary>
    public static Glyphs Ascii { get; } = new("|- ", "`- ", "|  ", "   ", '#', '#', '#', '|', '.', ", ", "...", " > ", "x");
}
