using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>Events made by hand, with what a test does not care about filled in. Times are milliseconds from <see cref="T0"/>.</summary>
internal static class Some
{
    public const long T0 = 1_800_000_000_000;

    public static IReadOnlyList<SparkEvent> Start(params (string Key, string Value)[] conf) =>
    [
        new LogStart { SparkVersion = "4.3.0" },
        new EnvironmentUpdate { SparkProperties = conf.ToDictionary(setting => setting.Key, setting => setting.Value) },
        new ApplicationStart { AppId = "app-1", AppName = "demo", Time = T0 },
    ];

    public static ApplicationEnd End(long at = 10_000, int? exitCode = null) => new() { Time = T0 + at, ExitCode = exitCode };

    public static StageInfo Stage(int id, int attempt = 0, int tasks = 1, int[]? parents = null, int? rdd = null, string? name = null) =>
        new() { StageId = id, Attempt = attempt, TaskCount = tasks, ParentIds = parents ?? [], RddId = rdd, Name = name ?? $"map at job.py:{id}" };

    public static JobStart Job(int id, long at, StageInfo[] stages, JobProperties? properties = null) =>
        new() { JobId = id, Time = T0 + at, Stages = stages, StageCount = stages.Length, Properties = properties ?? new JobProperties { CallSite = "collect at job.py:7" } };

    public static JobEnd JobEnd(int id, long at, string? failure = null) => new() { JobId = id, Time = T0 + at, Succeeded = failure is null, FailureMessage = failure };

    public static StageSubmitted Submitted(StageInfo stage, long at, JobProperties? properties = null) =>
        new() { Stage = With(stage, T0 + at, null, null, []), Properties = properties ?? JobProperties.None };

    public static StageCompleted Completed(StageInfo stage, long submitted, long at, string? failure = null, params AccumulatorValue[] metrics) =>
        new() { Stage = With(stage, T0 + submitted, T0 + at, failure, metrics) };

    public static TaskStart TaskStart(long id, int stage, long at, int attempt = 0, bool speculative = false, int stageAttempt = 0) =>
        new() { StageId = stage, StageAttempt = stageAttempt, Task = Info(id, at, 0, attempt, speculative) };

    public static TaskEnd TaskEnd(
        long id, int stage, long start, long end, int attempt = 0, bool speculative = false, bool shuffleMap = false, TaskFailure? failure = null,
        int stageAttempt = 0) =>
        new()
        {
            StageId = stage, StageAttempt = stageAttempt, IsShuffleMap = shuffleMap, Failure = failure,
            Task = Info(id, start, T0 + end, attempt, speculative),
        };

    public static SqlExecutionStart Sql(long id, long at, long? root = null, string? description = null, SqlPlan? plan = null, params string[] tags) =>
        new() { ExecutionId = id, Time = T0 + at, RootExecutionId = root, Description = description ?? "save at job.py:3", Plan = plan ?? SqlPlan.None, JobTags = tags };

    public static SqlExecutionEnd SqlEnd(long id, long at, string? error = "") => new() { ExecutionId = id, Time = T0 + at, ErrorMessage = error };

    public static ConnectOperation Operation(ConnectPhase phase, string id, long at, string? error = null, string? statement = null, params string[] tags) =>
        new() { Phase = phase, OperationId = id, Time = T0 + at, ErrorMessage = error, StatementText = statement, Tags = tags };

    public static QueryProgress Progress(string id, string run, long batch, long at, long duration, params string[] phases) =>
        new()
        {
            Id = id, RunId = run, BatchId = batch, Time = T0 + at, BatchDuration = duration,
            Phases = [.. phases.Select(phase => new KeyValuePair<string, long>(phase, duration))],
        };

    public static string OperationTag(string operation) => $"SparkConnect_OperationTag_User_u_Session_s_Operation_{operation}";

    public static string SessionTag(string tag) => $"SparkConnect_SessionTag_User_u_Session_s_Tag_{tag}";

    public static string BatchDescription(string id, string run, long batch) => $"\nid = {id}\nrunId = {run}\nbatch = {batch}";

    /// <summary>The local properties of a stream's jobs.</summary>
    public static JobProperties OfBatch(string id, string run, long batch, long? execution = null, string? tags = null, string? traceparent = null) =>
        new()
        {
            StreamingQueryId = id, JobGroup = run, StreamingBatchId = $"{batch}", ExecutionId = execution, Tags = tags, Traceparent = traceparent,
            CallSite = "start at job.py:9",
        };

    /// <summary>A line of calls that a task made.</summary>
    public static CallsEvent Calls(long task, params Call[] calls) => new() { ExecutorId = "1", TaskId = task, StageId = 0, Calls = calls };

    /// <summary>A line of calls outside of tasks.</summary>
    public static CallsEvent CallsOutside(long? execution, int? job, params Call[] calls) =>
        new() { ExecutorId = "driver", ExecutionId = execution, JobId = job, Calls = calls };

    public static Call Call(long sequence, decimal at, decimal duration, string name = "S3.GetObject", string? error = null, string? message = null, params CallValue[] values) =>
        new()
        {
            Sequence = sequence, Name = name, StartUs = (T0 * 1_000) + (long)(at * 1_000), DurationNs = (long)(duration * 1_000_000), Error = error, Message = message,
            Values = values,
        };

    public static CallValue Value(CallAttribute key, string text) => new(key, text, 0);

    public static CallValue Value(CallAttribute key, long number) => new(key, null, number);

    private static TaskInfo Info(long id, long start, long finishTime, int attempt, bool speculative) =>
        new() { TaskId = id, Index = (int)id, Attempt = attempt, LaunchTime = T0 + start, FinishTime = finishTime, ExecutorId = "1", Host = "host", Locality = "ANY", Speculative = speculative };

    private static StageInfo With(StageInfo stage, long submitted, long? completed, string? failure, IReadOnlyList<AccumulatorValue> metrics) =>
        new()
        {
            StageId = stage.StageId, Attempt = stage.Attempt, Name = stage.Name, TaskCount = stage.TaskCount, ParentIds = stage.ParentIds, RddId = stage.RddId,
            SubmissionTime = submitted, CompletionTime = completed, FailureReason = failure, SqlMetrics = metrics,
        };
}
