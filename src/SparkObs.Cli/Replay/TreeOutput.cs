using SparkObs.Cli.Tree;
using SparkObs.Spark.Export;
using Spectre.Console;

namespace SparkObs.Cli.Replay;

/// <summary>Draws each application's tree once its log is read.</summary>
internal sealed class TreeOutput : IReplayOutput
{
    private readonly TextWriter writer;
    private readonly IAnsiConsole console;
    private readonly Glyphs glyphs;
    private TreeSink? sink;
    private bool first = true;

    /// <param name="file">Null: standard output.</param>
    public TreeOutput(Terminal terminal, Stream? file)
    {
        writer = file is null ? terminal.Out : new StreamWriter(file);
        var isTerminal = file is null && terminal.OutIsTerminal;
        console = terminal.ConsoleOn(writer, isTerminal, Math.Max(TreeView.MinWidth, terminal.Width));
        glyphs = file is null ? terminal.Glyphs : Glyphs.Unicode;
    }

    public bool ShowsOpenSpans => true;

    public long Refused => 0;

    public ISpanSink Begin() => sink = new TreeSink();

    public void End()
    {
        if (!first)
            console.WriteLine();
        first = false;
        TreeScreen.Write(console, new TreeView(new ApplicationTree(sink!), console.Profile.Width, glyphs).Draw());
        writer.Flush();
    }

    public string? Summary() => null;

    public async ValueTask DisposeAsync()
    {
        await writer.FlushAsync().ConfigureAwait(false);
        if (writer is StreamWriter file)
            await file.DisposeAsync().ConfigureAwait(false);
    }
}
