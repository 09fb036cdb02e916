using System.CommandLine;
using SparkObs.Cli;

namespace SparkObs.Spark.Tests.Cli;

/// <summary>Runs <c>sparkobs</c> in process, and keeps what it wrote.</summary>
internal sealed class CommandLine
{
    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    public byte[] OutputBytes { get; private set; } = [];

    public Dictionary<string, string> Variables { get; } = [];

    public async Task<int> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var bytes = new MemoryStream();
        var terminal = new Terminal { Out = output, Error = error, OpenOutput = () => bytes, Variable = Variables.GetValueOrDefault };
        var code = await CommandRunner.RunAsync(new RootCommand { ReplayCommand.Create(() => terminal) }, args, terminal);
        (Output, Error, OutputBytes) = (output.ToString(), error.ToString(), bytes.ToArray());
        return code;
    }

    public static string Log(string name) => Repository.PathOf("tests", "eventlogs", name);
}
