using System.Globalization;
using System.Text;
using System.Text.Json;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Events;

/// <summary>Reads an event the plain way, from a document: what <see cref="EventReader"/> is compared with.</summary>
internal static class EventOracle
{
    public static SparkEvent Read(JsonElement e)
    {
        var name = Text(e, "Event")!;
        return name[(name.LastIndexOfAny(['.', '$']) + 1)..] switch
        {
            "SparkListenerLogStart" => new LogStart { SparkVersion = Text(e, "Spark Version") },
            "SparkListenerEnvironmentUpdate" => new EnvironmentUpdate { SparkProperties = e.GetProperty("Spark Properties").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!) },
            "SparkListenerApplicationStart" => new ApplicationStart
            {
                AppName = Text(e, "App Name"), AppId = Text(e, "App ID"), AttemptId = Text(e, "App Attempt ID"), User = Text(e, "User"), Time = Long(e, "Timestamp")!.Value,
            },
            "SparkListenerApplicationEnd" => new ApplicationEnd { Time = Long(e, "Timestamp")!.Value, ExitCode = Int(e, "ExitCode") },
            "SparkListenerExecutorAdded" => new ExecutorAdded
            {
                Time = Long(e, "Timestamp")!.Value, ExecutorId = Text(e, "Executor ID")!,
                Host = Text(e.GetProperty("Executor Info"), "Host"), Cores = Int(e.GetProperty("Executor Info"), "Total Cores")!.Value,
            },
            "SparkListenerExecutorRemoved" => new ExecutorRemoved
            {
                Time = Long(e, "Timestamp")!.Value, ExecutorId = Text(e, "Executor ID")!, Reason = Text(e, "Removed Reason"),
            },
            "SparkListenerJobStart" => new JobStart
            {
                JobId = Int(e, "Job ID")!.Value, Time = Long(e, "Submission Time")!.Value,
                Stages = Items(e, "Stage Infos", s => Stage(s, withMetrics: false)), StageCount = e.GetProperty("Stage Infos").GetArrayLength(),
                Properties = Properties(e),
            },
            "SparkListenerJobEnd" => JobEnd(e),
            "SparkListenerStageSubmitted" => new StageSubmitted { Stage = Stage(e.GetProperty("Stage Info"), withMetrics: false), Properties = Properties(e) },
            "SparkListenerStageCompleted" => new StageCompleted { Stage = Stage(e.GetProperty("Stage Info"), withMetrics: true) },
            "SparkListenerTaskStart" => new TaskStart { StageId = Int(e, "Stage ID")!.Value, StageAttempt = Int(e, "Stage Attempt ID")!.Value, Task = Task(e) },
            "SparkListenerTaskEnd" => TaskEnd(e),
            "SparkListenerSQLExecutionStart" => new SqlExecutionStart
            {
                ExecutionId = Long(e, "executionId")!.Value, RootExecutionId = Long(e, "rootExecutionId"), Description = Text(e, "description"),
                Time = Long(e, "time")!.Value, Plan = Plan(e), JobTags = Items(e, "jobTags", t => t.GetString()!), JobGroup = Text(e, "jobGroupId"),
            },
            "SparkListenerSQLExecutionEnd" => new SqlExecutionEnd
            {
                ExecutionId = Long(e, "executionId")!.Value, Time = Long(e, "time")!.Value, ErrorMessage = Cut(Text(e, "errorMessage"), EventLimits.Message),
            },
            "SparkListenerSQLAdaptiveExecutionUpdate" => new SqlPlanUpdate { ExecutionId = Long(e, "executionId")!.Value, Plan = Plan(e) },
            "SparkListenerSQLAdaptiveSQLMetricUpdates" => new SqlMetricUpdate { ExecutionId = Long(e, "executionId")!.Value, Metrics = Items(e, "sqlPlanMetrics", Metric) },
            "SparkListenerDriverAccumUpdates" => new DriverAccumUpdates
            {
                ExecutionId = Long(e, "executionId")!.Value, Updates = Items(e, "accumUpdates", p => new AccumulatorValue(p[0].GetInt64(), p[1].GetInt64())),
            },
            "QueryStartedEvent" => new QueryStarted
            {
                Id = Text(e, "id")!, RunId = Text(e, "runId")!, Name = Text(e, "name"), Time = Time(e), JobTags = Items(e, "jobTags", t => t.GetString()!),
            },
            "QueryProgressEvent" => Progress(e.GetProperty("progress")),
            "QueryTerminatedEvent" => new QueryTerminated
            {
                Id = Text(e, "id")!, RunId = Text(e, "runId")!, Exception = Cut(Text(e, "exception"), EventLimits.Message), ErrorClass = Text(e, "errorClassOnException"),
            },
            var connect => Connect(e, Enum.Parse<ConnectPhase>(connect["SparkListenerConnectOperation".Length..])),
        };
    }

    public static SortedDictionary<TaskMetric, long> Metrics(JsonElement e)
    {
        var found = new SortedDictionary<TaskMetric, long>();
        if (e.TryGetProperty("Task Metrics", out var metrics))
            AddMetrics(metrics, "", found);
        return found;
    }

    /// <summary>Finds the metric by its name and group, where <c>TaskMetric</c> is not already called like it.</summary>
    private static void AddMetrics(JsonElement group, string prefix, SortedDictionary<TaskMetric, long> found)
    {
        foreach (var property in group.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Object)
            {
                var name = property.Name.Split(' ')[0];
                AddMetrics(property.Value, name == "Push" ? "Shuffle" : name, found);
            }
            else if (property.Value.ValueKind == JsonValueKind.Number)
            {
                var name = property.Name.Replace(" ", "", StringComparison.Ordinal).Replace("CPU", "Cpu", StringComparison.Ordinal)
                    .Replace("JVMGC", "JvmGc", StringComparison.Ordinal).Replace("Total", "", StringComparison.Ordinal);
                name = name.StartsWith(prefix, StringComparison.Ordinal) ? name : prefix + name;
                found.Add(Enum.Parse<TaskMetric>(name + (name.EndsWith("CpuTime", StringComparison.Ordinal) || name == "ShuffleWriteTime" ? "Ns" : "")), property.Value.GetInt64());
            }
        }
    }

    private static JobEnd JobEnd(JsonElement e)
    {
        var result = e.GetProperty("Job Result");
        return new JobEnd
        {
            JobId = Int(e, "Job ID")!.Value, Time = Long(e, "Completion Time")!.Value, Succeeded = Text(result, "Result") == "JobSucceeded",
            FailureMessage = result.TryGetProperty("Exception", out var exception) ? Cut(Text(exception, "Message"), EventLimits.Message) : null,
        };
    }

    private static StageInfo Stage(JsonElement s, bool withMetrics) => new()
    {
        StageId = Int(s, "Stage ID")!.Value, Attempt = Int(s, "Stage Attempt ID")!.Value, Name = Text(s, "Stage Name")!, TaskCount = Int(s, "Number of Tasks")!.Value,
        SubmissionTime = Long(s, "Submission Time"), CompletionTime = Long(s, "Completion Time"), FailureReason = Cut(Text(s, "Failure Reason"), EventLimits.Message),
        RddId = Int(s.GetProperty("RDD Info")[0], "RDD ID"), ParentIds = Items(s, "Parent IDs", p => p.GetInt32()),
        SqlMetrics = !withMetrics ? [] : [.. s.GetProperty("Accumulables").EnumerateArray().Where(a => Text(a, "Metadata") == "sql")
            .Select(a => new AccumulatorValue(Long(a, "ID")!.Value, long.Parse(a.GetProperty("Value").ToString(), CultureInfo.InvariantCulture)))],
    };

    private static JobProperties Properties(JsonElement e)
    {
        var p = e.GetProperty("Properties");
        return new JobProperties
        {
            ExecutionId = Number(p, "spark.sql.execution.id"), RootExecutionId = Number(p, "spark.sql.execution.root.id"),
            StreamingQueryId = Text(p, "sql.streaming.queryId"), StreamingBatchId = Text(p, "streaming.sql.batchId"), JobGroup = Text(p, "spark.jobGroup.id"),
            Description = Text(p, "spark.job.description"), Tags = Text(p, "spark.job.tags"), Pool = Text(p, "spark.scheduler.pool"),
            CallSite = Text(p, "callSite.short"), Traceparent = Text(p, "traceparent"),
        };
    }

    private static long? Number(JsonElement p, string name) => Text(p, name) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    private static TaskInfo Task(JsonElement e)
    {
        var t = e.GetProperty("Task Info");
        return new TaskInfo
        {
            TaskId = Long(t, "Task ID")!.Value, Index = Int(t, "Index")!.Value, Attempt = Int(t, "Attempt")!.Value, PartitionId = Int(t, "Partition ID"),
            LaunchTime = Long(t, "Launch Time")!.Value, FinishTime = Long(t, "Finish Time")!.Value, GettingResultTime = Long(t, "Getting Result Time")!.Value,
            ExecutorId = Text(t, "Executor ID"), Host = Text(t, "Host"), Locality = Text(t, "Locality"), Speculative = t.GetProperty("Speculative").GetBoolean(),
            Failed = t.GetProperty("Failed").GetBoolean(), Killed = t.GetProperty("Killed").GetBoolean(),
        };
    }

    private static TaskEnd TaskEnd(JsonElement e)
    {
        var end = new TaskEnd
        {
            StageId = Int(e, "Stage ID")!.Value, StageAttempt = Int(e, "Stage Attempt ID")!.Value, IsShuffleMap = Text(e, "Task Type") == "ShuffleMapTask",
            Task = Task(e), Failure = Failure(e.GetProperty("Task End Reason")),
        };
        foreach (var (metric, value) in Metrics(e))
            end.Metrics.Set(metric, value);
        return end;
    }

    private static TaskFailure? Failure(JsonElement r)
    {
        var reason = Text(r, "Reason")!;
        if (reason == "Success")
            return null;
        var address = r.TryGetProperty("Block Manager Address", out var a) ? a : default;
        return new TaskFailure
        {
            Reason = Enum.Parse<TaskEndReason>(reason), ReasonName = reason, ExceptionClass = Text(r, "Class Name"),
            Message = Cut(Text(r, "Description") ?? Text(r, "Message") ?? Text(r, "Loss Reason") ?? Text(r, "Kill Reason"), EventLimits.Message),
            StackTrace = Cut(Text(r, "Full Stack Trace"), EventLimits.Message), FetchExecutorId = Text(address, "Executor ID"), FetchHost = Text(address, "Host"),
            ShuffleId = Long(r, "Shuffle ID"), MapId = Long(r, "Map ID"), MapIndex = Int(r, "Map Index"), ReduceId = Int(r, "Reduce ID"),
            LostExecutorId = Text(r, "Executor ID"), ExitCausedByApp = r.TryGetProperty("Exit Caused By App", out var app) ? app.GetBoolean() : null,
        };
    }

    private static SqlPlan Plan(JsonElement e)
    {
        var nodes = new List<SqlPlanNode>();
        AddNode(e.GetProperty("sparkPlanInfo"), 0, nodes);
        return new SqlPlan { Text = Cut(Text(e, "physicalPlanDescription"), EventLimits.PlanText), Nodes = nodes, NodeCount = nodes.Count };
    }

    private static void AddNode(JsonElement node, int depth, List<SqlPlanNode> nodes)
    {
        nodes.Add(new SqlPlanNode(depth, Text(node, "nodeName")!, Cut(Text(node, "simpleString"), EventLimits.PlanNode)!, Items(node, "metrics", Metric)));
        foreach (var child in node.GetProperty("children").EnumerateArray())
            AddNode(child, depth + 1, nodes);
    }

    private static SqlMetric Metric(JsonElement m) => new(Text(m, "name")!, Long(m, "accumulatorId")!.Value, Text(m, "metricType")!);

    private static QueryProgress Progress(JsonElement p) => new()
    {
        Id = Text(p, "id")!, RunId = Text(p, "runId")!, Name = Text(p, "name"), Time = Time(p), BatchId = Long(p, "batchId")!.Value, BatchDuration = Long(p, "batchDuration"),
        Phases = [.. p.GetProperty("durationMs").EnumerateObject().Select(d => KeyValuePair.Create(d.Name, d.Value.GetInt64()))],
        Watermark = Text(p.GetProperty("eventTime"), "watermark"),
        Sources = Items(p, "sources", s => new StreamSource(
            Text(s, "description"), Long(s, "numInputRows"), Text(s, "endOffset"), Text(s, "latestOffset"), s.GetProperty("processedRowsPerSecond").GetDouble(), null)),
        Sink = Text(p.GetProperty("sink"), "description"), SinkRows = Long(p.GetProperty("sink"), "numOutputRows"),
        StateOperators = Items(p, "stateOperators", o => new StateOperator(
            Text(o, "operatorName"), Long(o, "numRowsTotal"), Long(o, "numRowsUpdated"), Long(o, "numRowsRemoved"), Long(o, "numRowsDroppedByWatermark"), Long(o, "memoryUsedBytes"))),
    };

    private static ConnectOperation Connect(JsonElement e, ConnectPhase phase) => new()
    {
        Phase = phase, OperationId = Text(e, "operationId")!, JobTag = Text(e, "jobTag"), Time = Long(e, "eventTime")!.Value, SessionId = Text(e, "sessionId"),
        UserId = Text(e, "userId"), UserName = Text(e, "userName"), StatementText = Cut(Text(e, "statementText"), EventLimits.Message),
        Tags = Items(e, "sparkSessionTags", t => t.GetString()!), ErrorMessage = Cut(Text(e, "errorMessage"), EventLimits.Message), ProducedRowCount = Long(e, "producedRowCount"),
    };

    private static JsonElement? Find(JsonElement e, string name, JsonValueKind kind) =>
        e.ValueKind == JsonValueKind.Object && e.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;

    private static string? Text(JsonElement e, string name) => Find(e, name, JsonValueKind.String)?.GetString();

    private static long? Long(JsonElement e, string name) => Find(e, name, JsonValueKind.Number)?.GetInt64();

    private static int? Int(JsonElement e, string name) => Find(e, name, JsonValueKind.Number)?.GetInt32();

    private static long Time(JsonElement e) => DateTimeOffset.Parse(Text(e, "timestamp")!, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    private static List<T> Items<T>(JsonElement e, string name, Func<JsonElement, T> read) =>
        Find(e, name, JsonValueKind.Array) is { } array ? [.. array.EnumerateArray().Select(read)] : [];

    /// <summary>As Spark's texts here are ASCII where they are long.</summary>
    private static string? Cut(string? text, int limit)
    {
        limit += EventLimits.RedactionMargin;
        return text is null || Encoding.UTF8.GetByteCount(text) <= limit ? text : text[..limit];
    }
}
