namespace SparkObs.Cli.Tree;

/// <summary>What a piece of text means; the console gives it a colour.</summary>
internal enum Tone : byte
{
    Plain,
    Dim,
    Strong,
    Bar,
    Good,
    Warning,
    Bad,
}

/// <summary>One line of the screen, in pieces.</summary>
internal sealed class TreeLine
{
    private readonly List<(string Text, Tone Tone)> pieces = [];

    public IReadOnlyList<(string Text, Tone Tone)> Pieces => pieces;

    public TreeLine Add(string text, Tone tone = Tone.Plain)
    {
        if (text.Length > 0)
            pieces.Add((text, tone));
        return this;
    }
}
