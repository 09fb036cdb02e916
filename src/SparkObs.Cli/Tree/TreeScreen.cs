using Spectre.Console;

namespace SparkObs.Cli.Tree;

/// <summary>Writes the lines of a tree, in colours where the console has them.</summary>
internal static class TreeScreen
{
    private static readonly Style[] Styles = new Style[Enum.GetValues<Tone>().Length];

    static TreeScreen()
    {
        Styles[(int)Tone.Plain] = Style.Plain;
        Styles[(int)Tone.Dim] = new Style(Color.Grey);
        Styles[(int)Tone.Strong] = new Style(decoration: Decoration.Bold);
        Styles[(int)Tone.Bar] = new Style(Color.Teal);
        Styles[(int)Tone.Good] = new Style(Color.Green);
        Styles[(int)Tone.Warning] = new Style(Color.Yellow);
        Styles[(int)Tone.Bad] = new Style(Color.Red);
    }

    public static void Write(IAnsiConsole console, IEnumerable<TreeLine> lines)
    {
        foreach (var line in lines)
        {
            // A paragraph takes its text as it is: no markup in it is read.
            var paragraph = new Paragraph { Overflow = Overflow.Fold };
            foreach (var (text, tone) in line.Pieces)
                paragraph.Append(text, Styles[(int)tone]);
            console.Write(paragraph);
            console.WriteLine();
        }
    }
}
