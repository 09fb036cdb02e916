namespace SparkObs.Cli;

/// <summary>A foreseen mistake or failure: its message, one line with the value and the way out, is all that is shown.</summary>
internal sealed class UserError(string message, ExitCode code = ExitCode.BadInput, Exception? inner = null) : Exception(message, inner)
{
    public ExitCode Code { get; } = code;
}
