using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SparkObs.Cli;

/// <summary>A command's help with examples, variables and exit codes below its options.</summary>
internal sealed class HelpWithNotes(string notes) : SynchronousCommandLineAction
{
    private readonly HelpAction help = new();

    public static HelpOption Option(string notes) => new() { Action = new HelpWithNotes(notes) };

    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(notes);
        return code;
    }
}
