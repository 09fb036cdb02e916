using SparkObs.Cli.Tree;
using Spectre.Console;

namespace SparkObs.Cli;

/// <summary>What a command writes to, and what it may know of it. Notes may come from several threads.</summary>
internal sealed class Terminal
{
    /// <summary>Where the output is no terminal, lines are as long as a common one.</summary>
    private const int DefaultWidth = 120;

    private readonly Lock gate = new();
    private IAnsiConsole? live;

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Standard output as bytes.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    public Func<string, string?> Variable { get; init; } = static _ => null;

    /// <summary><c>COLUMNS</c>, else the terminal's width, else 120.</summary>
    public int Width => int.TryParse(Variable("COLUMNS"), out var columns) && columns > 0 ? columns
        : OutIsTerminal && Console.WindowWidth > 0 ? Console.WindowWidth
        : DefaultWidth;

    public Glyphs Glyphs => Out.Encoding.WebName.StartsWith("utf-", StringComparison.OrdinalIgnoreCase) ? Glyphs.Unicode : Glyphs.Ascii;

    public static Terminal OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        OpenOutput = Console.OpenStandardOutput,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Variable = Environment.GetEnvironmentVariable,
    };

    /// <summary>A console on the writer: no colours with <c>NO_COLOR</c> or where it is no terminal.</summary>
    public IAnsiConsole ConsoleOn(TextWriter writer, bool isTerminal, int width)
    {
        var colours = isTerminal && string.IsNullOrEmpty(Variable("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        console.Profile.Width = width;
        return console;
    }

    /// <summary>One line on standard error, with our name before it; above a progress bar while there is one.</summary>
    public void Note(string text) => WriteNote(ScreenText.OneLine(text));

    /// <summary>The same for lines whose columns stand below each other: with nothing in them that is not ours.</summary>
    public void NoteTable(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            WriteNote(line);
    }

    private void WriteNote(string text)
    {
        text = $"sparkobs: {text}";
        lock (gate)
        {
            if (live is null)
                Error.WriteLine(text);
            else
                live.WriteLine(text);
        }
    }

    /// <summary>While something is drawn there, notes go through the same console.</summary>
    public void SetLive(IAnsiConsole? console)
    {
        lock (gate)
            live = console;
    }
}
