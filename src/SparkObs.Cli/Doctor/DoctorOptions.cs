namespace SparkObs.Cli.Doctor;

/// <summary>What <c>sparkobs doctor</c> was asked to look at.</summary>
internal sealed record DoctorOptions
{
    /// <summary>Where a bridge is to listen.</summary>
    public required string ListenOn { get; init; }

    /// <summary>A bridge that runs, as drivers see it; then none is to listen here.</summary>
    public string? Bridge { get; init; }

    /// <summary>Whom drivers trust; null: whom the system does.</summary>
    public string? TlsCa { get; init; }

    /// <summary>The bridge's certificate; with <see cref="Bridge"/> the driver's.</summary>
    public string? TlsCertificate { get; init; }

    public string? TlsKey { get; init; }

    public string? TlsClientCa { get; init; }

    public string? TokenFile { get; init; }

    /// <summary>The collector.</summary>
    public string? Endpoint { get; init; }
}
