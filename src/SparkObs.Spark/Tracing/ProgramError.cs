namespace SparkObs.Spark.Tracing;

/// <summary>The exception that ended the program whose applications these are.</summary>
/// <param name="Type">Its class.</param>
/// <param name="Message">Its message, redacted by the built-in patterns and cut.</param>
internal sealed record ProgramError(string Type, string Message)
{
    public static ProgramError Of(Exception exception)
    {
        // A task's single fault is the cause itself.
        var cause = exception is AggregateException { InnerExceptions: [var only] } ? only : exception;
        var type = cause.GetType();
        return new ProgramError(type.FullName ?? type.Name, new SafeText(new Redaction(new Dictionary<string, string>(), static _ => { })).Name(cause.Message));
    }
}
