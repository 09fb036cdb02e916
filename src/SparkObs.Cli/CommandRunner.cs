using System.CommandLine;
using System.CommandLine.Invocation;
using SparkObs.Spark.Export;

namespace SparkObs.Cli;

/// <summary>Parses and runs a command line: foreseen mistakes become one line and a code, all else a stack trace and 1.</summary>
internal static class CommandRunner
{
    /// <summary>After Ctrl-C: the flush's own bound and some seconds to draw what is there.</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(15);

    public static async Task<int> RunAsync(
        RootCommand root, string[] args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        var parsed = root.Parse(args);
        if (parsed.Action is ParseErrorAction && parsed.Errors is [var first, ..])
        {
            var command = parsed.CommandResult.Command == root ? "sparkobs" : $"sparkobs {parsed.CommandResult.Command.Name}";
            terminal.Note($"{first.Message} ({command} --help)");
            return (int)ExitCode.BadInput;
        }
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = StopWithin,
            Output = terminal.Out,
            Error = terminal.Error,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        catch (UserError e)
        {
            terminal.Note(e.Message);
            return (int)e.Code;
        }
        catch (ExportConfigurationException e)
        {
            terminal.Note(e.Message);
            return (int)ExitCode.BadInput;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return (int)ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            terminal.Note("an error of sparkobs itself; please report it with these lines:");
            await terminal.Error.WriteLineAsync(e.ToString()).ConfigureAwait(false);
            return (int)ExitCode.Failed;
        }
    }
}
