using System.Text.Json;

namespace SparkObs.Spark.Events;

/// <summary>What became of a line.</summary>
internal enum LineOutcome
{
    Event,

    /// <summary>An event that SparkObs has no use for.</summary>
    Ignored,

    /// <summary>No event: <see cref="EventReader.Problem"/> says why.</summary>
    Unreadable,
}

/// <summary>
/// Reads one line of Spark's event JSON. Never throws, whatever the line holds. Not for use by several threads;
/// <see cref="TaskStart"/> and <see cref="TaskEnd"/> are the same instances each time.
/// </summary>
internal sealed class EventReader
{
    /// <summary>The message may quote the line.</summary>
    private const int MaxProblem = 200;

    private readonly NameCache names = new();
    private readonly TaskStart taskStart = new();
    private readonly TaskEnd taskEnd = new();

    /// <summary>Why the last line was unreadable, else null.</summary>
    public string? Problem { get; private set; }

    public LineOutcome Read(ReadOnlySpan<byte> line, out SparkEvent? e)
    {
        e = null;
        Problem = null;
        try
        {
            var json = new EventJson(line, names);
            if (!json.EnterObject())
                throw new JsonException("not a JSON object");
            var name = json.EventName() ?? throw new JsonException("no \"Event\" field");
            var read = ReadEvent(name, ref json);
            if (read is null)
                json.Leave();
            json.ExpectEnd();
            e = read;
            return read is null ? LineOutcome.Ignored : LineOutcome.Event;
        }
        catch (JsonException problem)
        {
            Problem = Reason(problem.Message);
            return LineOutcome.Unreadable;
        }
    }

    /// <summary>Without the position that the JSON reader adds: it counts from where this reader went on after a jump.</summary>
    private static string Reason(string message)
    {
        var position = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var reason = position < 0 ? message : message[..position];
        return reason.Length <= MaxProblem ? reason : reason[..MaxProblem];
    }

    private SparkEvent? ReadEvent(string name, ref EventJson json) => SimpleName(name) switch
    {
        "SparkListenerTaskStart" => TaskEventsReader.ReadStart(ref json, taskStart),
        "SparkListenerTaskEnd" => TaskEventsReader.ReadEnd(ref json, taskEnd),
        "SparkListenerStageSubmitted" => StageEventsReader.ReadSubmitted(ref json),
        "SparkListenerStageCompleted" => StageEventsReader.ReadCompleted(ref json),
        "SparkListenerJobStart" => JobEventsReader.ReadStart(ref json),
        "SparkListenerJobEnd" => JobEventsReader.ReadEnd(ref json),

        "SparkListenerSQLExecutionStart" => SqlEventsReader.ReadStart(ref json),
        "SparkListenerSQLExecutionEnd" => SqlEventsReader.ReadEnd(ref json),
        "SparkListenerSQLAdaptiveExecutionUpdate" => SqlEventsReader.ReadPlanUpdate(ref json),
        "SparkListenerSQLAdaptiveSQLMetricUpdates" => SqlEventsReader.ReadMetricUpdate(ref json),
        "SparkListenerDriverAccumUpdates" => SqlEventsReader.ReadDriverAccumUpdates(ref json),

        "SparkListenerLogStart" => ApplicationEventsReader.ReadLogStart(ref json),
        "SparkListenerEnvironmentUpdate" => ApplicationEventsReader.ReadEnvironment(ref json),
        "SparkListenerApplicationStart" => ApplicationEventsReader.ReadStart(ref json),
        "SparkListenerApplicationEnd" => ApplicationEventsReader.ReadEnd(ref json),

        "SparkListenerExecutorAdded" => ExecutorEventsReader.ReadAdded(ref json),
        "SparkListenerExecutorRemoved" => ExecutorEventsReader.ReadRemoved(ref json),
        "SparkListenerExecutorExcluded" or "SparkListenerExecutorExcludedForStage" =>
            ExecutorEventsReader.ReadExcluded(ref json, oldName: false),
        "SparkListenerExecutorBlacklisted" or "SparkListenerExecutorBlacklistedForStage" =>
            ExecutorEventsReader.ReadExcluded(ref json, oldName: true),

        "QueryStartedEvent" => StreamEventsReader.ReadStarted(ref json),
        "QueryProgressEvent" => StreamEventsReader.ReadProgress(ref json),
        "QueryTerminatedEvent" => StreamEventsReader.ReadTerminated(ref json),

        "SparkListenerConnectOperationStarted" => ConnectEventsReader.Read(ref json, ConnectPhase.Started),
        "SparkListenerConnectOperationAnalyzed" => ConnectEventsReader.Read(ref json, ConnectPhase.Analyzed),
        "SparkListenerConnectOperationReadyForExecution" => ConnectEventsReader.Read(ref json, ConnectPhase.ReadyForExecution),
        "SparkListenerConnectOperationFinished" => ConnectEventsReader.Read(ref json, ConnectPhase.Finished),
        "SparkListenerConnectOperationFailed" => ConnectEventsReader.Read(ref json, ConnectPhase.Failed),
        "SparkListenerConnectOperationCanceled" => ConnectEventsReader.Read(ref json, ConnectPhase.Canceled),
        "SparkListenerConnectOperationClosed" => ConnectEventsReader.Read(ref json, ConnectPhase.Closed),

        "SparkObsCalls" => CallEventsReader.Read(ref json),
        _ => null,
    };

    /// <summary>Spark writes the bare name of some events and the full name of the class of others; a class of somebody else is none of ours.</summary>
    private static ReadOnlySpan<char> SimpleName(string name)
    {
        var dot = name.AsSpan().LastIndexOfAny('.', '$');
        return dot < 0 ? name : name.StartsWith("org.apache.spark.", StringComparison.Ordinal) ? name.AsSpan(dot + 1) : default;
    }

    /// <summary>A field without which an event says nothing.</summary>
    public static T Require<T>(T? value, string field)
        where T : struct =>
        value ?? throw new JsonException($"no valid \"{field}\"");

    /// <inheritdoc cref="Require{T}(T?, string)"/>
    public static string Require(string? value, string field) =>
        value ?? throw new JsonException($"no valid \"{field}\"");
}
