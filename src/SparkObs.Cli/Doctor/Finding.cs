namespace SparkObs.Cli.Doctor;

internal enum Mark : byte
{
    Good,

    /// <summary>Works, but not as well as it could.</summary>
    Warning,
    Bad,
}

/// <summary>What one check found.</summary>
/// <param name="Advice">What to do; null where all is well.</param>
internal sealed record Finding(Mark Mark, string Subject, string Text, string? Advice = null)
{
    public static Finding Good(string subject, string text) => new(Mark.Good, subject, text);
}
