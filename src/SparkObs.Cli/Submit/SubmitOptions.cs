using SparkObs.Cli.Replay;

namespace SparkObs.Cli.Submit;

/// <summary>What <c>sparkobs submit</c> was asked to do.</summary>
internal sealed record SubmitOptions
{
    /// <summary>spark-submit's own command line.</summary>
    public required IReadOnlyList<string> SparkArguments { get; init; }

    public OutputKind Output { get; init; }

    /// <summary>Where OTLP/JSON or the tree goes; null: the tree on standard error.</summary>
    public string? File { get; init; }

    public bool AllTasks { get; init; }

    /// <summary>The collector.</summary>
    public string? Endpoint { get; init; }

    /// <summary>A bridge that runs elsewhere, as the driver sees it: none is started here.</summary>
    public string? Bridge { get; init; }

    /// <summary>The shim's jar as the cluster sees it; null: the one beside the program.</summary>
    public string? Jar { get; init; }

    public string? UiUrl { get; init; }

    /// <summary>How long after the child's end spans may take to leave.</summary>
    public TimeSpan FlushWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <exception cref="UserError">Two of them contradict each other.</exception>
    public void Check()
    {
        if (SparkArguments.Count == 0)
            throw new UserError("submit needs spark-submit's arguments behind --: sparkobs submit -- --master local[2] job.py");
        if (Output == OutputKind.OtlpJson && File is null)
            throw new UserError("--output otlp-json needs -o FILE: standard output is the job's");
        if (Output == OutputKind.Otlp && File is not null)
            throw new UserError("-o has no meaning with --output otlp: spans go to the collector");
        if (Output != OutputKind.Otlp && Endpoint is not null)
            throw new UserError("--endpoint needs --output otlp: other outputs send nothing");
    }
}
