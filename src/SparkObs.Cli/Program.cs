using System.CommandLine;
using SparkObs.Cli;

var root = new RootCommand("Apache Spark's event logs as OpenTelemetry traces, and as a tree on the terminal.")
{
    SubmitCommand.Create(Terminal.OfProcess),
    ReplayCommand.Create(Terminal.OfProcess),
    ListenCommand.Create(Terminal.OfProcess),
    DoctorCommand.Create(Terminal.OfProcess),
};
return await CommandRunner.RunAsync(root, args, Terminal.OfProcess()).ConfigureAwait(false);
