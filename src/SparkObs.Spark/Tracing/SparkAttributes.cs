namespace SparkObs.Spark.Tracing;

/// <summary>Every attribute key that SparkObs emits, once. docs/telemetry.md lists them with units; a test compares the two.</summary>
internal static class SparkAttributes
{
    // Marker
    public static readonly AttributeKey Marker = new("sparkobs.marker");

    // Resource
    public static readonly AttributeKey ServiceName = new("service.name");
    public static readonly AttributeKey ServiceInstanceId = new("service.instance.id");
    public static readonly AttributeKey SparkVersion = new("spark.version");
    public static readonly AttributeKey AppId = new("spark.app.id");
    public static readonly AttributeKey AppName = new("spark.app.name");
    public static readonly AttributeKey AppAttemptId = new("spark.app.attempt_id");

    // Any span
    public static readonly AttributeKey ErrorType = new("error.type");

    /// <summary>The span never ended; its end is the time of the last event.</summary>
    public static readonly AttributeKey Incomplete = new("sparkobs.incomplete");

    /// <summary>The span reaches beyond its parent: Spark reports a killed task's end after its stage's.</summary>
    public static readonly AttributeKey OutsideParent = new("sparkobs.outside_parent");

    /// <summary>The same, said on the parent: its end was told after the child's.</summary>
    public static readonly AttributeKey PlanOmitted = new("sparkobs.plan_omitted");
    public static readonly AttributeKey ChildrenOutside = new("sparkobs.children_outside");

    /// <summary><c>aggregate</c>: duration exact, placement not.</summary>
    public static readonly AttributeKey Timing = new("sparkobs.timing");

    /// <summary>Why a link is there: one of <see cref="LinkTypes"/>.</summary>
    public static readonly AttributeKey LinkType = new("spark.link.type");

    /// <summary>Span events beyond the limit of one span.</summary>
    public static readonly AttributeKey EventsOmitted = new("sparkobs.events_omitted");

    // Span event "exception" (OpenTelemetry's conventions)
    public static readonly AttributeKey ExceptionType = new("exception.type");
    public static readonly AttributeKey ExceptionMessage = new("exception.message");
    public static readonly AttributeKey ExceptionStacktrace = new("exception.stacktrace");

    // Application
    public static readonly AttributeKey AppUser = new("spark.app.user");
    public static readonly AttributeKey Master = new("spark.master");
    public static readonly AttributeKey DeployMode = new("spark.submit.deploy_mode");
    public static readonly AttributeKey AppJobs = new("spark.app.jobs");
    public static readonly AttributeKey AppJobsFailed = new("spark.app.jobs_failed");
    public static readonly AttributeKey AppStages = new("spark.app.stage_attempts");
    public static readonly AttributeKey AppStagesFailed = new("spark.app.stage_attempts_failed");
    public static readonly AttributeKey AppTasks = new("spark.app.tasks");
    public static readonly AttributeKey AppTasksFailed = new("spark.app.tasks_failed");
    public static readonly AttributeKey AppTasksKilled = new("spark.app.tasks_killed");
    public static readonly AttributeKey AppSqlExecutions = new("spark.app.sql_executions");
    public static readonly AttributeKey AppExitCode = new("spark.app.exit_code");
    public static readonly AttributeKey AppExecutorsAdded = new("spark.app.executors_added");
    public static readonly AttributeKey AppExecutorsRemoved = new("spark.app.executors_removed");
    public static readonly AttributeKey AppExecutorsExcluded = new("spark.app.executors_excluded");
    public static readonly AttributeKey TasksOmitted = new("sparkobs.tasks_omitted");
    public static readonly AttributeKey SpansUnsampled = new("sparkobs.spans_unsampled");

    /// <summary>Live: what the driver's process ended with.</summary>
    public static readonly AttributeKey ExitCode = new("sparkobs.exit_code");

    // Live: what became of the application's events, once the driver's side has told its counts
    public static readonly AttributeKey EventsPosted = new("sparkobs.events.posted");
    public static readonly AttributeKey EventsDelivered = new("sparkobs.events.delivered");
    public static readonly AttributeKey EventsIgnored = new("sparkobs.events.ignored");

    /// <summary>Events that were posted but did not arrive; why is in those below.</summary>
    public static readonly AttributeKey EventsLost = new("sparkobs.events.lost");
    public static readonly AttributeKey EventsLostOnBus = new("sparkobs.events.lost.bus");
    public static readonly AttributeKey EventsLostEncoding = new("sparkobs.events.lost.encoding");
    public static readonly AttributeKey EventsLostOutbox = new("sparkobs.events.lost.outbox");
    public static readonly AttributeKey EventsLostRefused = new("sparkobs.events.lost.refused");
    public static readonly AttributeKey EventsLostBridge = new("sparkobs.events.lost.bridge");
    public static readonly AttributeKey EventsLostDriver = new("sparkobs.events.lost.driver");

    // Executor (also on the application's events "executor removed" and "executor excluded")
    public static readonly AttributeKey ExecutorId = new("spark.executor.id");
    public static readonly AttributeKey ExecutorHost = new("spark.executor.host");
    public static readonly AttributeKey ExecutorReason = new("spark.executor.reason");
    public static readonly AttributeKey ExecutorTaskFailures = new("spark.executor.task_failures");

    // SQL execution
    public static readonly AttributeKey ExecutionId = new("spark.sql.execution.id");
    public static readonly AttributeKey RootExecutionId = new("spark.sql.execution.root_id");
    public static readonly AttributeKey SqlDescription = new("spark.sql.description");
    public static readonly AttributeKey SqlPlan = new("spark.sql.plan");
    public static readonly AttributeKey SqlPlanNodes = new("spark.sql.plan.nodes");
    public static readonly AttributeKey SqlPlanNodeCount = new("spark.sql.plan.node_count");
    public static readonly AttributeKey SqlCachedMetrics = new("spark.sql.plan.cached_metrics");
    public static readonly AttributeKey SqlReplans = new("spark.sql.adaptive_updates");
    public static readonly AttributeKey SqlBroadcasts = new("spark.sql.broadcast_exchanges");
    public static readonly AttributeKey SqlJobs = new("spark.sql.jobs");
    public static readonly AttributeKey SqlJobsFailed = new("spark.sql.jobs_failed");

    // Job (group, tags also on SQL executions)
    public static readonly AttributeKey JobId = new("spark.job.id");
    public static readonly AttributeKey JobName = new("spark.job.name");
    public static readonly AttributeKey JobResult = new("spark.job.result");
    public static readonly AttributeKey JobGroup = new("spark.job.group");
    public static readonly AttributeKey JobTags = new("spark.job.tags");
    public static readonly AttributeKey JobDescription = new("spark.job.description");
    public static readonly AttributeKey JobPool = new("spark.job.pool");
    public static readonly AttributeKey JobStages = new("spark.job.stages");
    public static readonly AttributeKey JobStagesSkipped = new("spark.job.stages_skipped");
    public static readonly AttributeKey JobStagesNotReached = new("spark.job.stages_not_reached");

    // Stage attempt
    public static readonly AttributeKey StageId = new("spark.stage.id");
    public static readonly AttributeKey StageAttempt = new("spark.stage.attempt");
    public static readonly AttributeKey StageName = new("spark.stage.name");
    public static readonly AttributeKey StageTasks = new("spark.stage.tasks");
    public static readonly AttributeKey StageTasksSucceeded = new("spark.stage.tasks_succeeded");
    public static readonly AttributeKey StageTasksFailed = new("spark.stage.tasks_failed");
    public static readonly AttributeKey StageTasksKilled = new("spark.stage.tasks_killed");
    public static readonly AttributeKey StageTasksSpeculative = new("spark.stage.tasks_speculative");
    public static readonly AttributeKey StageTasksUnfinished = new("spark.stage.tasks_unfinished");
    public static readonly AttributeKey StageTaskDurationMin = new("spark.stage.task_duration.min");
    public static readonly AttributeKey StageTaskDurationP50 = new("spark.stage.task_duration.p50");
    public static readonly AttributeKey StageTaskDurationP75 = new("spark.stage.task_duration.p75");
    public static readonly AttributeKey StageTaskDurationP95 = new("spark.stage.task_duration.p95");
    public static readonly AttributeKey StageTaskDurationP99 = new("spark.stage.task_duration.p99");
    public static readonly AttributeKey StageTaskDurationMax = new("spark.stage.task_duration.max");

    /// <summary>The longest task against the median: 1 is even.</summary>
    public static readonly AttributeKey StageTaskDurationSkew = new("spark.stage.task_duration.skew");
    public static readonly AttributeKey StageSchedulerDelay = new("spark.stage.scheduler_delay");
    public static readonly AttributeKey StageGettingResultTime = new("spark.stage.getting_result_time");

    /// <summary>Tasks without a span of their own: why is in the three below.</summary>
    public static readonly AttributeKey TasksOmittedOrdinary = new("sparkobs.tasks_omitted.ordinary");
    public static readonly AttributeKey TasksOmittedNotable = new("sparkobs.tasks_omitted.stage_limit");
    public static readonly AttributeKey TasksOmittedTrace = new("sparkobs.tasks_omitted.trace_limit");

    // Task attempt
    public static readonly AttributeKey TaskId = new("spark.task.id");
    public static readonly AttributeKey TaskIndex = new("spark.task.index");
    public static readonly AttributeKey TaskAttempt = new("spark.task.attempt");
    public static readonly AttributeKey TaskPartition = new("spark.task.partition_id");
    public static readonly AttributeKey TaskLocality = new("spark.task.locality");
    public static readonly AttributeKey TaskSpeculative = new("spark.task.speculative");
    public static readonly AttributeKey TaskKillReason = new("spark.task.kill_reason");
    public static readonly AttributeKey TaskSchedulerDelay = new("spark.task.scheduler_delay");
    public static readonly AttributeKey TaskGettingResultTime = new("spark.task.getting_result_time");

    // A fetch failure's task
    public static readonly AttributeKey FetchExecutorId = new("spark.fetch_failure.executor.id");
    public static readonly AttributeKey FetchExecutorHost = new("spark.fetch_failure.executor.host");
    public static readonly AttributeKey FetchShuffleId = new("spark.fetch_failure.shuffle.id");
    public static readonly AttributeKey FetchMapIndex = new("spark.fetch_failure.map.index");
    public static readonly AttributeKey FetchReduceId = new("spark.fetch_failure.reduce.id");

    // Call (what is particular to a kind of call: CallKeys)
    public static readonly AttributeKey CallAttribution = new("sparkobs.attribution");

    /// <summary>The span stands for more than one call.</summary>
    public static readonly AttributeKey CallAggregated = new("sparkobs.aggregated");
    public static readonly AttributeKey CallsCount = new("sparkobs.calls.count");
    public static readonly AttributeKey CallsFailed = new("sparkobs.calls.failed");
    public static readonly AttributeKey CallsDurationTotal = new("sparkobs.calls.duration.total");
    public static readonly AttributeKey CallsDurationMax = new("sparkobs.calls.duration.max");

    /// <summary>Calls without a span of their own, on the application and on stages; of a stage, why is in the two below.</summary>
    public static readonly AttributeKey CallsOmitted = new("sparkobs.calls_omitted");
    public static readonly AttributeKey CallsOmittedTask = new("sparkobs.calls_omitted.task");
    public static readonly AttributeKey CallsOmittedLimit = new("sparkobs.calls_omitted.limit");

    // Streaming micro-batch
    public static readonly AttributeKey QueryId = new("spark.streaming.query.id");
    public static readonly AttributeKey QueryName = new("spark.streaming.query.name");
    public static readonly AttributeKey RunId = new("spark.streaming.run.id");
    public static readonly AttributeKey BatchId = new("spark.streaming.batch.id");
    public static readonly AttributeKey BatchInputRows = new("spark.streaming.input_rows");
    public static readonly AttributeKey BatchProcessedRate = new("spark.streaming.processed_rows_per_second");
    public static readonly AttributeKey BatchSources = new("spark.streaming.sources");
    public static readonly AttributeKey BatchEndOffsets = new("spark.streaming.end_offsets");
    public static readonly AttributeKey BatchOffsetsBehind = new("spark.streaming.offsets_behind_latest");
    public static readonly AttributeKey BatchSink = new("spark.streaming.sink");
    public static readonly AttributeKey BatchOutputRows = new("spark.streaming.output_rows");
    public static readonly AttributeKey BatchWatermark = new("spark.streaming.watermark");
    public static readonly AttributeKey StateRows = new("spark.streaming.state.rows");
    public static readonly AttributeKey StateRowsUpdated = new("spark.streaming.state.rows_updated");
    public static readonly AttributeKey StateRowsRemoved = new("spark.streaming.state.rows_removed");
    public static readonly AttributeKey StateRowsDropped = new("spark.streaming.state.rows_dropped_by_watermark");
    public static readonly AttributeKey StateMemory = new("spark.streaming.state.memory_used");

    /// <summary>Prefix of the phases' durations: Spark's own names (<c>addBatch</c>, <c>walCommit</c>) follow.</summary>
    public const string BatchPhasePrefix = "spark.streaming.duration.";

    // Spark Connect operation
    public static readonly AttributeKey OperationId = new("spark.connect.operation.id");
    public static readonly AttributeKey OperationStatus = new("spark.connect.operation.status");
    public static readonly AttributeKey OperationStatementType = new("spark.connect.statement.type");
    public static readonly AttributeKey OperationStatement = new("spark.connect.statement");
    public static readonly AttributeKey OperationRows = new("spark.connect.produced_rows");
    public static readonly AttributeKey OperationTags = new("spark.connect.session.tags");
    public static readonly AttributeKey SessionId = new("spark.connect.session.id");
    public static readonly AttributeKey UserId = new("spark.connect.user.id");
    public static readonly AttributeKey UserName = new("spark.connect.user.name");
}

/// <summary>Names of span events.</summary>
internal static class SpanEventNames
{
    public const string Exception = "exception";
    public const string StageRetried = "stage retried";
    public const string ExecutorRemoved = "executor removed";
    public const string ExecutorExcluded = "executor excluded";
}

/// <summary>Values of <see cref="SparkAttributes.LinkType"/>.</summary>
internal static class LinkTypes
{
    /// <summary>From a stage to an attempt whose shuffle output it reads.</summary>
    public const string ShuffleInput = "shuffle_input";

    /// <summary>From a stage to a further job that needs it.</summary>
    public const string Job = "job";

    /// <summary>From a job in another trace to its SQL execution.</summary>
    public const string SqlExecution = "sql_execution";
    public const string Application = "application";
    public const string Operation = "operation";
    public const string Caller = "caller";
}

/// <summary>Values of <see cref="SparkAttributes.ErrorType"/> that are not an exception's class or an error's condition.</summary>
internal static class ErrorTypes
{
    public const string Cancelled = "cancelled";
    public const string Failed = "failed";
    public const string Incomplete = "incomplete";
}
