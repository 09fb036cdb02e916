using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Events;

/// <summary>Counts what a log's reader hands on, and keeps the problems.</summary>
internal sealed class EventCounter : IEventHandler
{
    public SortedDictionary<string, int> Events { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, int> TaskEndReasons { get; } = new(StringComparer.Ordinal);
    public int TasksFailed { get; private set; }
    public int TasksKilled { get; private set; }
    public int JobsFailed { get; private set; }
    public int StagesFailed { get; private set; }
    public List<(long Line, string Problem)> Problems { get; } = [];

    public void OnEvent(SparkEvent e)
    {
        Add(Events, NameOf(e));
        switch (e)
        {
            case TaskEnd task:
                Add(TaskEndReasons, task.Failure?.ReasonName ?? "Success");
                TasksFailed += task.Task.Failed ? 1 : 0;
                TasksKilled += task.Task.Killed ? 1 : 0;
                break;
            case JobEnd job:
                JobsFailed += job.Succeeded ? 0 : 1;
                break;
            case StageCompleted stage:
                StagesFailed += stage.Stage.FailureReason is null ? 0 : 1;
                break;
        }
    }

    public void OnUnreadable(long line, string problem) => Problems.Add((line, problem));

    public ValueTask OnPauseAsync(CancellationToken cancellationToken) => default;

    private static void Add(SortedDictionary<string, int> counts, string key) => counts[key] = counts.GetValueOrDefault(key) + 1;

    /// <summary>The event's name in the log.</summary>
    private static string NameOf(SparkEvent e) => e switch
    {
        LogStart or EnvironmentUpdate or ApplicationStart or ApplicationEnd or ExecutorAdded or ExecutorRemoved or JobStart or JobEnd
            or StageSubmitted or StageCompleted or TaskStart or TaskEnd => "SparkListener" + e.GetType().Name,
        SqlExecutionStart => Sql + "SQLExecutionStart",
        SqlExecutionEnd => Sql + "SQLExecutionEnd",
        SqlPlanUpdate => Sql + "SQLAdaptiveExecutionUpdate",
        SqlMetricUpdate => Sql + "SQLAdaptiveSQLMetricUpdates",
        DriverAccumUpdates => Sql + "DriverAccumUpdates",
        QueryStarted or QueryProgress or QueryTerminated =>
            $"org.apache.spark.sql.streaming.StreamingQueryListener${e.GetType().Name}Event",
        ConnectOperation operation => "org.apache.spark.sql.connect.service.SparkListenerConnectOperation" + operation.Phase,
        ExecutorExcluded excluded => "org.apache.spark.scheduler.SparkListenerExecutor"
            + (excluded.OldName ? "Blacklisted" : "Excluded") + (excluded.StageId is null ? "" : "ForStage"),
        _ => e.GetType().Name,
    };

    private const string Sql = "org.apache.spark.sql.execution.ui.SparkListener";
}
