using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Tree;

/// <summary>Fills a node from its span.</summary>
internal static class NodeReader
{
    /// <summary>UTF-16 units kept of a title or an error: what the widest terminal shows in a few lines.</summary>
    private const int MaxText = 600;

    // What Spark describes streams and Connect operations with are ids, which the section or the operation shows once.
    private const string StreamIds = "\nid = ";
    private const string ConnectIds = "Spark Connect - session_id:";

    /// <summary>The kind by the span's name, <c>job count at a.py:1</c>; null for spans that are no line of their own.</summary>
    public static NodeKind? KindOf(string name) => FirstWord(name) switch
    {
        SpanNames.Application => NodeKind.Application,
        SpanNames.Sql => NodeKind.Sql,
        SpanNames.Job => NodeKind.Job,
        SpanNames.Stage => NodeKind.Stage,
        SpanNames.Batch => NodeKind.Batch,
        SpanNames.Operation => NodeKind.Operation,
        _ => null,
    };

    public static void Read(TreeNode node, NodeKind kind, in SpanRecord span, SpanAttributes attributes)
    {
        node.Arrived = true;
        node.Kind = kind;
        node.Trace = span.Trace;
        node.Parent = span.Parent;
        node.ParentIsRemote = span.ParentIsRemote;
        node.StartMs = span.StartMs;
        node.EndMs = span.EndMs;
        node.Outcome = OutcomeOf(span, attributes);
        if (span.Status == SpanStatus.Error)
            node.Error = Cut(ScreenText.FirstLine(span.StatusMessage ?? attributes.Text(SparkAttributes.ErrorType) ?? ""));
        var callSite = span.Name[FirstWord(span.Name).Length..].TrimStart(' ');
        if (IsConnectIds(callSite))
            callSite = "";
        switch (kind)
        {
            case NodeKind.Application: node.Label = SpanNames.Application; break;
            case NodeKind.Sql: ReadSql(node, callSite, attributes); break;
            case NodeKind.Job: ReadJob(node, callSite, attributes); break;
            case NodeKind.Stage: ReadStage(node, callSite, attributes); break;
            case NodeKind.Batch: ReadBatch(node, attributes); break;
            case NodeKind.Operation: ReadOperation(node, callSite, attributes); break;
        }
        node.CallSite = Cut(ScreenText.OneLine(callSite));
        node.Title = Cut(ScreenText.OneLine(node.Title));
    }

    private static ReadOnlySpan<char> FirstWord(ReadOnlySpan<char> name) => name.IndexOf(' ') is >= 0 and var end ? name[..end] : name;

    private static Outcome OutcomeOf(in SpanRecord span, SpanAttributes attributes)
    {
        if (attributes.Flag(SparkAttributes.Incomplete))
            return Outcome.Incomplete;
        if (span.Status != SpanStatus.Error)
            return Outcome.Fine;
        return attributes.Text(SparkAttributes.ErrorType) == ErrorTypes.Cancelled ? Outcome.Cancelled : Outcome.Failed;
    }

    private static void ReadSql(TreeNode node, string callSite, SpanAttributes attributes)
    {
        node.Label = $"sql {attributes.Int(SparkAttributes.ExecutionId)}";
        node.Title = Described(attributes.Text(SparkAttributes.SqlDescription), callSite);
    }

    private static void ReadJob(TreeNode node, string callSite, SpanAttributes attributes)
    {
        node.Label = $"job {attributes.Int(SparkAttributes.JobId)}";
        node.Title = Described(attributes.Text(SparkAttributes.JobDescription), callSite);
        if (attributes.Int(SparkAttributes.JobStagesSkipped) is > 0 and var skipped)
            node.Facts = [$"{Human.Count(skipped, "stage")} skipped"];
    }

    private static string Described(string? description, string callSite)
    {
        if (description is null || IsConnectIds(description))
            return callSite;
        return description.IndexOf(StreamIds, StringComparison.Ordinal) is > 0 and var end ? description[..end] : description;
    }

    private static bool IsConnectIds(string text) => text.StartsWith(ConnectIds, StringComparison.Ordinal);

    private static void ReadStage(TreeNode node, string callSite, SpanAttributes attributes)
    {
        var attempt = attributes.Int(SparkAttributes.StageAttempt) ?? 0;
        node.StageKey = (attributes.Int(SparkAttributes.StageId) ?? 0, attempt);
        node.Label = $"stage {attributes.Int(SparkAttributes.StageId)}{(attempt > 0 ? $".{attempt}" : "")}";
        node.Title = callSite;
        node.Stage = StageFacts.Read(attributes);
    }

    private static void ReadBatch(TreeNode node, SpanAttributes attributes)
    {
        var query = attributes.Text(SparkAttributes.QueryName);
        node.Label = $"batch {attributes.Int(SparkAttributes.BatchId)?.ToString() ?? attributes.Text(SparkAttributes.BatchId)}";
        node.Title = "";
        node.Group = $"Streaming query {query ?? "(no name)"}  id {attributes.Text(SparkAttributes.QueryId)}"
            + $"  run {attributes.Text(SparkAttributes.RunId)}";
        node.Facts = Some(
            Rows(attributes.Int(SparkAttributes.BatchInputRows), "in"),
            Rows(attributes.Int(SparkAttributes.BatchOutputRows), "out"),
            Rows(attributes.Int(SparkAttributes.StateRows), "of state"),
            attributes.Int(SparkAttributes.StateRowsDropped) is > 0 and var late ? $"{Human.Count(late)} late rows dropped" : null,
            attributes.Int(SparkAttributes.BatchOffsetsBehind) is > 0 and var behind ? $"{Human.Count(behind)} behind" : null);
    }

    private static void ReadOperation(TreeNode node, string statementType, SpanAttributes attributes)
    {
        node.Label = $"operation {statementType}".TrimEnd();
        node.Title = attributes.Text(SparkAttributes.OperationId) ?? "";
        var user = attributes.Text(SparkAttributes.UserName) ?? attributes.Text(SparkAttributes.UserId);
        node.Group = $"Spark Connect session {attributes.Text(SparkAttributes.SessionId)}{(user is null ? "" : $"  user {user}")}";
        node.Facts = Some(
            Rows(attributes.Int(SparkAttributes.OperationRows), ""),
            node.Outcome == Outcome.Fine ? attributes.Text(SparkAttributes.OperationStatus) : null);
    }

    private static string? Rows(long? rows, string what) => rows is >= 0 ? $"{Human.Count(rows.Value, "row")} {what}".TrimEnd() : null;

    private static List<string> Some(params ReadOnlySpan<string?> facts)
    {
        var some = new List<string>(facts.Length);
        foreach (var fact in facts)
        {
            if (fact is not null)
                some.Add(fact);
        }
        return some;
    }

    private static string Cut(string text) => text.Length <= MaxText ? text : text[..MaxText];
}
