using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>A Spark Connect operation: what a client asked of the server. Kind SERVER, below the caller's span or the root of its own trace.</summary>
internal sealed class OperationSpan : OpenSpan
{
    public required string OperationId { get; init; }

    /// <summary>The Started event; null when only jobs told of the operation.</summary>
    public ConnectOperation? Started { get; set; }

    public Traceparent? Caller { get; set; }

    /// <summary>Something stands below it or points to it: its trace stays as it is.</summary>
    public bool Settled { get; set; }

    public ConnectPhase Phase { get; set; }

    /// <summary>Failed, canceled or finished: Closed comes after each and does not tell.</summary>
    public ConnectPhase? Outcome { get; private set; }

    public long? ProducedRows { get; set; }

    public Failure? Failure { get; set; }

    public required SpanReference Application { get; init; }

    /// <summary>
    /// Failed wins over finished and that over canceled, in whatever order they are told: Spark also says canceled when a client lets go
    /// of an operation that has ended.
    /// </summary>
    public void SetOutcome(ConnectPhase phase, Failure? failure)
    {
        if (Outcome is ConnectPhase.Failed || (Outcome is ConnectPhase.Finished && phase is ConnectPhase.Canceled))
            return;
        Outcome = phase;
        Failure = failure;
    }

    public void Write(SpanOutput output, SafeText text)
    {
        var type = StatementType(Started?.StatementText);
        if (output.Begin(this, type is null ? SpanNames.Operation : $"{SpanNames.Operation} {type}") is not { } batch)
            return;
        batch.Current.Kind = SpanKind.Server;
        batch.Set(SparkAttributes.OperationId, OperationId);
        batch.Set(SparkAttributes.OperationStatus, (Outcome ?? Phase) switch
        {
            ConnectPhase.ReadyForExecution => "ready",
            var phase => phase.ToString().ToLowerInvariant(),
        });
        if (ProducedRows is { } rows)
            batch.Set(SparkAttributes.OperationRows, rows);
        if (Started is not null)
            WriteStarted(batch, Started, type, text);
        if (Failure is not null)
        {
            batch.SetError(Failure);
            batch.AddException(Failure, EndMs ?? output.LastEventMs);
        }
        if (Caller is null)
            batch.AddLink(Application, LinkTypes.Application);
        output.End();
    }

    private static void WriteStarted(SpanBatch batch, ConnectOperation started, string? type, SafeText text)
    {
        batch.Set(SparkAttributes.OperationStatementType, type);
        batch.Set(SparkAttributes.OperationStatement, started.StatementText is { } statement ? text.Message(statement) : null);
        batch.Set(SparkAttributes.SessionId, started.SessionId is { } session ? text.Name(session) : null);
        batch.Set(SparkAttributes.UserId, started.UserId is { } user ? text.Name(user) : null);
        batch.Set(SparkAttributes.UserName, started.UserName is { Length: > 0 } name ? text.Name(name) : null);
        if (started.Tags.Count > 0)
            batch.Set(SparkAttributes.OperationTags, [.. started.Tags.Select(text.NameInList)]);
    }

    /// <summary>
    /// The plan's or command's kind: the first field at the top of its protobuf text but for <c>common</c>
    /// (<c>common { plan_id: 4 } limit { … }</c> is a <c>limit</c>).
    /// </summary>
    private static string? StatementType(string? text)
    {
        const int MaxLength = 64;
        var depth = 0;
        var quoted = false;
        var start = -1;
        for (var i = 0; i < text?.Length; i++)
        {
            var c = text[i];
            if (quoted)
            {
                if (c == '\\')
                    i++;
                else if (c == '"')
                    quoted = false;
                continue;
            }
            if (depth == 0 && (char.IsAsciiLetterLower(c) || c == '_'))
            {
                if (start < 0)
                    start = i;
                continue;
            }
            if (start >= 0 && depth == 0 && c is '{' or ':' or ' ')
            {
                var name = start >= 0 ? text[start..i] : "";
                start = -1;
                if (name.Length is > 0 and <= MaxLength && name != "common")
                    return name;
            }
            quoted = c == '"';
            depth += c switch { '{' => 1, '}' => -1, _ => 0 };
        }
        return null;
    }
}
