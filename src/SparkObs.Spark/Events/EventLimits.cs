namespace SparkObs.Spark.Events;

/// <summary>How much of one event is kept: an application must not be able to fill our memory with one line.</summary>
internal static class EventLimits
{
    /// <summary>What a text may have beyond its final limit, so that a secret that straddles the cut is still recognised.</summary>
    public const int RedactionMargin = 4 * 1024;

    /// <summary>UTF-8 bytes of names, descriptions, call sites.</summary>
    public const int Name = 4 * 1024;

    /// <summary>UTF-8 bytes of a name in a list.</summary>
    public const int NameInList = 256;

    /// <summary>UTF-8 bytes of messages and SQL text.</summary>
    public const int Message = 16 * 1024;

    /// <summary>Frames of a stack trace.</summary>
    public const int StackFrames = 20;

    /// <summary>UTF-8 bytes of a plan's text.</summary>
    public const int PlanText = 64 * 1024;

    /// <summary>Nodes of a plan's tree.</summary>
    public const int PlanNodes = 1_000;

    /// <summary>UTF-8 bytes of a plan's node.</summary>
    public const int PlanNode = 512;

    /// <summary>Stages of one job.</summary>
    public const int StagesOfJob = 2_000;

    /// <summary>Calls and aggregates of one line: the plugin sends a hundred at most.</summary>
    public const int CallsOfLine = 1_000;

    /// <summary>Texts of a list that Spark itself does not bound, such as tags.</summary>
    public const int ListItems = 1_000;
}
