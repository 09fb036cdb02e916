namespace SparkObs.Cli.Replay;

/// <summary>Where the spans go.</summary>
internal enum OutputKind : byte
{
    Tree,
    Otlp,
    OtlpJson,
}

/// <summary>What <c>sparkobs replay</c> was asked to do.</summary>
internal sealed record ReplayOptions
{
    public required IReadOnlyList<string> Paths { get; init; }
    public OutputKind Output { get; init; }
    public string? File { get; init; }
    public bool AllTasks { get; init; }
    public bool Follow { get; init; }
    public string? Endpoint { get; init; }

    /// <summary>Null: the sink's own default.</summary>
    public TimeSpan? GiveUpAfter { get; init; }

    /// <exception cref="UserError">Two of them contradict each other.</exception>
    public void Check()
    {
        if (File is not null && Output == OutputKind.Otlp)
            throw new UserError("-o has no meaning with --output otlp: spans go to the collector. Use --output otlp-json for a file");
        if (Output != OutputKind.Otlp && (Endpoint is not null || GiveUpAfter is not null))
            throw new UserError($"{(Endpoint is not null ? "--endpoint" : "--timeout")} needs --output otlp: other outputs send nothing");
        if (Paths.Count(path => path == "-") > 1)
            throw new UserError("- is given twice: standard input can be read once");
    }
}
