namespace SparkObs.Cli.Listen;

/// <summary>What <c>sparkobs listen</c> was asked to do.</summary>
internal sealed record ListenOptions
{
    public required string ListenOn { get; init; }
    public string? TokenFile { get; init; }
    public string? TlsCertificate { get; init; }
    public string? TlsKey { get; init; }
    public string? TlsClientCa { get; init; }
    public bool Json { get; init; }
    public string? File { get; init; }
    public bool AllTasks { get; init; }
    public string? Endpoint { get; init; }
    public required TimeSpan IdleTimeout { get; init; }

    /// <summary>As it was given; null: the default.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Where health and metrics are asked for: <c>HOST:PORT</c>; null for nowhere.</summary>
    public string? Http { get; init; }

    /// <summary>Where drivers leave spools; null where nobody looks for them.</summary>
    public string? SpoolDir { get; init; }

    /// <exception cref="UserError">Two of them contradict each other.</exception>
    public void Check()
    {
        if (File is not null && !Json)
            throw new UserError("-o has no meaning with --output otlp: spans go to the collector. Use --output otlp-json for a file");
        if (Endpoint is not null && Json)
            throw new UserError("--endpoint needs --output otlp: otlp-json sends nothing");
    }
}
