using SparkObs.Cli.Replay;
using SparkObs.Cli.Tree;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Export;
using Spectre.Console;

namespace SparkObs.Cli.Submit;

/// <summary>Where the spans of a submitted job go, and what is said of them at the end.</summary>
internal sealed class SubmitOutput : IAsyncDisposable
{
    private readonly object gate = new();
    private readonly Terminal terminal;
    private readonly string? file;
    private readonly OtlpOptions? collector;
    private readonly OtlpSink? exporter;

    /// <summary>Null when each application's spans are collected for its tree.</summary>
    private readonly SharedSink? shared;

    private readonly List<TreeSink> trees = [];

    /// <exception cref="ExportConfigurationException">A variable of the collector's is wrong.</exception>
    /// <exception cref="UserError">The file cannot be written.</exception>
    public SubmitOutput(SubmitOptions options, Terminal terminal)
    {
        this.terminal = terminal;
        file = options.File;
        switch (options.Output)
        {
            case OutputKind.Otlp:
                collector = OtlpEnvironment.Read(terminal.Variable, options.Endpoint);
                collector = collector.WaitingIn(collector.QueueDirectory ?? StateDirectory.OfQueue(terminal.Variable, collector.Endpoint));
                exporter = new OtlpSink(collector, terminal.Note);
                shared = new SharedSink(exporter);
                break;
            case OutputKind.OtlpJson:
                shared = new SharedSink(new OtlpJsonSink(Create(file!)));
                break;
        }
    }

    /// <summary>What the exporter did; null where spans are not sent.</summary>
    public ExportCounts? Counts => exporter?.Counts;

    public ISpanSink SinkOf(BridgeSession session)
    {
        if (shared is not null)
            return shared;
        var tree = new TreeSink();
        lock (gate)
            trees.Add(tree);
        return tree;
    }

    /// <summary>Waits until all that was taken is delivered or written.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (shared is not null)
            await shared.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How the delivery went: <c>1,234 spans exported to …</c>. Null for a tree.</summary>
    public string? Delivery(long spansBuilt)
    {
        if (exporter is null)
            return shared is null ? null : $"{Human.Count(spansBuilt, "span")} written to {file}";
        var counts = exporter.Counts;
        return $"{Human.Count(counts.Exported, "span")} exported to {collector!.DisplayEndpoint}"
            + (counts.Refused > 0 ? $", {Human.Count(counts.Refused)} refused by it ({counts.LastRefusal})" : "")
            + Undelivered.Text(counts, collector);
    }

    /// <summary>Draws the trees on standard error or into the file.</summary>
    public async Task DrawAsync()
    {
        if (shared is not null || trees.Count == 0)
            return;
        var stream = file is null ? null : Create(file);
        var writer = stream is null ? terminal.Error : new StreamWriter(stream);
        var console = terminal.ConsoleOn(writer, stream is null && terminal.ErrorIsTerminal, Math.Max(TreeView.MinWidth, terminal.Width));
        foreach (var tree in trees)
        {
            console.WriteLine();
            TreeScreen.Write(console, new TreeView(new ApplicationTree(tree), console.Profile.Width, terminal.Glyphs).Draw());
        }
        await writer.FlushAsync().ConfigureAwait(false);
        if (stream is not null)
            await writer.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (shared is not null)
            await shared.DisposeAsync().ConfigureAwait(false);
    }

    private static FileStream Create(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"cannot write {path}: {e.Message}", ExitCode.Failed, e);
        }
    }
}
