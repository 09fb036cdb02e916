using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Tree;

/// <summary>What a line of the tree stands for.</summary>
internal enum NodeKind : byte
{
    Application,
    Sql,
    Job,
    Stage,
    Batch,
    Operation,
}

/// <summary>How it went.</summary>
internal enum Outcome : byte
{
    Fine,
    Incomplete,
    Cancelled,
    Failed,
}

/// <summary>
/// A span as the tree shows it. Made when the span arrives, or earlier, when the first of its children does:
/// until then <see cref="Arrived"/> is false.
/// </summary>
internal sealed class TreeNode(SpanId id)
{
    public SpanId Id { get; } = id;

    public bool Arrived { get; set; }

    public NodeKind Kind { get; set; }

    public TraceId Trace { get; set; }

    public SpanId Parent { get; set; }

    public bool ParentIsRemote { get; set; }

    public long StartMs { get; set; }

    public long EndMs { get; set; }

    public long DurationMs => EndMs - StartMs;

    /// <summary>Kind and id, <c>job 4</c>.</summary>
    public string Label { get; set; } = "";

    /// <summary>What it is about: a description or a call site.</summary>
    public string Title { get; set; } = "";

    /// <summary>Shown instead of a title that the parent has already.</summary>
    public string CallSite { get; set; } = "";

    public Outcome Outcome { get; set; }

    /// <summary>The error's first line.</summary>
    public string? Error { get; set; }

    /// <summary>Short facts behind the bar, of kinds other than stages.</summary>
    public IReadOnlyList<string> Facts { get; set; } = [];

    /// <summary>What groups roots into sections: a stream's query, a Connect session.</summary>
    public string? Group { get; set; }

    /// <summary>Set for stages.</summary>
    public StageFacts? Stage { get; set; }

    /// <summary>Set for a stage whose tasks have spans.</summary>
    public TaskNotes? Tasks { get; set; }

    /// <summary>Id and attempt of a stage.</summary>
    public (long Id, long Attempt)? StageKey { get; set; }

    /// <summary>What calls below it cost, of a stage those of its tasks.</summary>
    public CallNotes? Calls { get; set; }

    /// <summary>By start; filled by <see cref="ApplicationTree"/>.</summary>
    public List<TreeNode> Children { get; } = [];

    /// <summary>Something is wrong with it or below it; set by <see cref="ApplicationTree"/>.</summary>
    public bool HasProblem { get; set; }
}
