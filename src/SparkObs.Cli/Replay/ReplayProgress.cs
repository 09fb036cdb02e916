using System.Diagnostics;
using SparkObs.Cli.Tree;
using SparkObs.Spark.Events;
using Spectre.Console;

namespace SparkObs.Cli.Replay;

/// <summary>How far a long replay is: a bar on a terminal, else a line from time to time. Short ones show nothing.</summary>
internal sealed class ReplayProgress(Terminal terminal, string name, EventLogReader reader)
{
    /// <summary>Whoever waits less needs no bar.</summary>
    private static readonly TimeSpan BarAfter = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan BarEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(10);

    /// <summary>Waits for the work, and shows how far it is.</summary>
    public async Task WatchAsync(Task work)
    {
        if (terminal.ErrorIsTerminal && reader.TotalBytes is { } total)
        {
            if (await Task.WhenAny(work, Task.Delay(BarAfter)).ConfigureAwait(false) != work)
                await DrawBarAsync(work, total).ConfigureAwait(false);
        }
        else
        {
            await WriteLinesAsync(work).ConfigureAwait(false);
        }
        await work.ConfigureAwait(false);
    }

    private async Task DrawBarAsync(Task work, long total)
    {
        var console = terminal.ConsoleOn(terminal.Error, isTerminal: true, terminal.Width);
        terminal.SetLive(console);
        try
        {
            await console.Progress().AutoClear(true).StartAsync(async context =>
            {
                var bar = context.AddTask(Markup.Escape(ScreenText.Fit(ScreenText.OneLine(name), 40, "...")), maxValue: Math.Max(1, total));
                do
                    bar.Value = Math.Min(reader.BytesRead, total);
                while (await Task.WhenAny(work, Task.Delay(BarEvery)).ConfigureAwait(false) != work);
            }).ConfigureAwait(false);
        }
        finally
        {
            terminal.SetLive(null);
        }
    }

    private async Task WriteLinesAsync(Task work)
    {
        var watch = Stopwatch.StartNew();
        while (await Task.WhenAny(work, Task.Delay(LineEvery)).ConfigureAwait(false) != work)
        {
            var read = reader.TotalBytes is > 0 and var total
                ? $"{Human.Percent((double)reader.BytesRead / total)} of {Human.Bytes(total)}"
                : Human.Bytes(reader.BytesRead);
            terminal.Note($"{name}: {read}, {Human.Count(reader.Lines)} lines, {Human.Duration(watch.Elapsed.TotalMilliseconds)}");
        }
    }
}
