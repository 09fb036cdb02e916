namespace SparkObs.Cli.Doctor;

/// <summary>What <c>sparkobs doctor</c> was asked to look at.</summary>
internal sealed record DoctorOptions
{
    /// <summary>Where a bridge is to listen.</summary>
    public required string ListenOn { get; init; }

    public string? TokenFile { get; init; }

    /// <summary>The collector.</summary>
    public string? Endpoint { get; init; }
}
