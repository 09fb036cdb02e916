using System.Text.Json;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>
/// Makes the spans of one application from its events, live or recorded: a fold that holds only what is open. Call
/// <see cref="Add"/> for each event, <see cref="TakeBatch"/> from time to time, and <see cref="Complete"/> when no more events come.
/// One thread at a time.
/// </summary>
internal sealed class TraceBuilder
{
    private readonly TraceOptions options;
    private readonly SpanBatchPool pool;
    private readonly ApplicationSpan application;
    private readonly SpanOutput output;
    private readonly Operations operations;
    private readonly Batches batches;
    private readonly SqlExecutions executions;
    private readonly Jobs jobs;
    private readonly Stages stages;
    private readonly Tasks tasks;
    private readonly TaskCalls taskCalls;
    private readonly OutsideCalls outsideCalls;
    private readonly Markers markers;
    private bool applicationWritten;

    public TraceBuilder(TraceOptions options, SpanBatchPool pool)
    {
        this.options = options;
        this.pool = pool;
        application = new ApplicationSpan(options);
        output = new SpanOutput(pool, Counters);
        var scopes = new TraceScopes(application);
        operations = new Operations(application, scopes, output);
        batches = new Batches(application, scopes, operations, output);
        executions = new SqlExecutions(application, scopes, operations, batches, output);
        jobs = new Jobs(application, scopes, operations, batches, executions, output);
        var waiting = new WaitingCalls(Counters.Calls);
        var calls = new CallSpans(application, Counters, output);
        taskCalls = new TaskCalls(application, calls, waiting, Counters);
        outsideCalls = new OutsideCalls(application, executions, jobs, calls, waiting, Counters);
        stages = new Stages(application, scopes, executions, jobs, taskCalls, options.Selection, Counters, output);
        tasks = new Tasks(application, stages, taskCalls, options.Selection, Counters, output);
        markers = new Markers(application, jobs, output);
    }

    public TraceCounters Counters { get; } = new();

    /// <summary>The application's own trace, once it is known.</summary>
    public TraceId? TraceId => application.IsKnown ? Settled().Context.Trace : null;

    /// <summary>The application's resource, once it can be told from what came: it does not change any more.</summary>
    public SpanResource? Resource => application.IsSettled ? application.Resource : null;

    /// <summary>The application as others may name it, once it is settled who it is.</summary>
    public RunningApplication? Application => application.IsSettled ? application.AsRunning() : null;

    /// <summary>Some of the application's events are missing: compacted away, or cut off. Its span says so.</summary>
    public bool SourceIncomplete
    {
        set => application.SourceIncomplete = value;
    }

    /// <summary>Live: what the driver's process ended with; its own event says 0 after most failures.</summary>
    public int? ExitCode
    {
        set => application.ProcessExitCode = value;
    }

    /// <summary>Live: the exception that ended the program around the application.</summary>
    public ProgramError? ProgramError
    {
        set => application.ProgramError = value;
    }

    /// <summary>Live: what became of the events. The application's span tells it.</summary>
    public EventTotals EventTotals
    {
        set => application.EventTotals = value;
    }

    /// <summary>The greatest time of any event so far, in milliseconds since the Unix epoch; 0 before the first.</summary>
    public long LastEventMs => output.LastEventMs;

    /// <exception cref="JsonException">It is a <see cref="JournalState"/> that cannot be read: nothing has changed.</exception>
    public void Add(SparkEvent e)
    {
        switch (e)
        {
            case TaskEnd taskEnd:
                Saw(Math.Max(taskEnd.Task.FinishTime, taskEnd.Task.LaunchTime));
                CountIgnored(!tasks.Add(taskEnd));
                break;
            case TaskStart taskStart:
                Saw(taskStart.Task.LaunchTime);
                tasks.Add(taskStart);
                break;
            case StageSubmitted stage:
                Saw(stage.Stage.SubmissionTime);
                stages.Add(stage);
                break;
            case StageCompleted stage:
                Saw(stage.Stage.CompletionTime);
                stages.Add(stage);
                break;
            case JobStart job:
                Saw(job.Time);
                CountIgnored(!jobs.Add(job, stages.ListedAgain));
                outsideCalls.Release();
                break;
            case JobEnd job:
                Saw(job.Time);
                jobs.Add(job);
                break;
            case SqlExecutionStart sql:
                Saw(sql.Time);
                CountIgnored(!executions.Add(sql));
                outsideCalls.Release();
                break;
            case SqlExecutionEnd sql:
                Saw(sql.Time);
                executions.Add(sql);
                outsideCalls.Release();
                break;
            case CallsEvent calls:
                AddCalls(calls);
                break;
            case SqlPlanUpdate plan:
                executions.Add(plan);
                break;
            case SqlMetricUpdate metrics:
                executions.Add(metrics);
                break;
            case DriverAccumUpdates updates:
                executions.Add(updates);
                break;
            default:
                AddRare(e);
                break;
        }
    }

    /// <summary>The spans that are finished, with their resource; null when there are none. The caller owns the batch.</summary>
    public SpanBatch? TakeBatch() => output.IsEmpty ? null : output.Take(application.Resource);

    /// <summary>Live: writes spans of no length for what runs and should be found before it ends.</summary>
    /// <param name="nowMs">Milliseconds since the Unix epoch.</param>
    public void WriteMarkers(long nowMs) => markers.Write(nowMs);

    /// <summary>
    /// No more events come: what is open is written, and at last the application. Should events come nevertheless, what was closed
    /// stays closed, and another call closes the rest.
    /// </summary>
    public void Complete()
    {
        if (!application.IsKnown)
            return;
        Settled();
        tasks.WriteAll();
        stages.WriteAll();
        jobs.WriteAll();
        executions.WriteAll();
        batches.WriteAll();
        operations.WriteAll();
        taskCalls.LeaveOutRest();
        outsideCalls.WriteRest();
        if (!applicationWritten)
            application.Write(output, Counters);
        applicationWritten = true;
    }

    /// <summary>
    /// Writes all that the events so far have left, but for finished spans that were not taken: a builder that reads it goes on from
    /// there, as a <see cref="JournalState"/>, goes on as this one does. Limits and what else a user decides are not in it.
    /// </summary>
    public void WriteState(Utf8JsonWriter json) => StateGraph.Write(json, this, IsNoState);

    private static bool IsNoState(Type type) =>
        type == typeof(TraceOptions) || type == typeof(TaskSelectionLimits) || type == typeof(SpanBatchPool) || type == typeof(SpanBatch) || type == typeof(SafeText);

    private object? Own(Type type) =>
        type == typeof(TraceOptions) ? options
        : type == typeof(TaskSelectionLimits) ? options.Selection
        : type == typeof(SpanBatchPool) ? pool
        : type == typeof(SpanBatch) ? pool.Take()
        : null;

    private void AddRare(SparkEvent e)
    {
        switch (e)
        {
            case LogStart start:
                application.Add(start);
                break;
            case EnvironmentUpdate environment:
                application.Add(environment);
                break;
            case ApplicationStart start:
                Saw(start.Time);
                application.Add(start);
                break;
            case ApplicationEnd end:
                Saw(end.Time);
                application.Add(end);
                break;
            case ExecutorAdded executor:
                Saw(executor.Time);
                application.ExecutorsAdded++;
                break;
            case ExecutorRemoved executor:
                Saw(executor.Time);
                application.Add(executor);
                break;
            case ExecutorExcluded executor:
                Saw(executor.Time);
                application.Add(executor);
                break;
            case QueryStarted query:
                Saw(query.Time);
                batches.Add(query);
                break;
            case QueryProgress progress:
                Saw(progress.Time + (progress.BatchDuration ?? 0));
                batches.Add(progress);
                break;
            case QueryTerminated query:
                batches.Add(query);
                break;
            case ConnectOperation operation:
                Saw(operation.Time);
                operations.Add(operation);
                break;
            case JournalState state:
                Restore(state);
                break;
            case JournalClosed closed:
                application.ProcessExitCode = closed.ExitCode;
                application.ProgramError = closed.ProgramError;
                application.EventTotals = new EventTotals { LostUntold = closed.EventsLost };
                Complete();
                break;
        }
    }

    private void Restore(JournalState state)
    {
        var json = new Utf8JsonReader(state.Builder.Span, new JsonReaderOptions { MaxDepth = StateGraph.MaxDepth });
        json.Read();
        StateGraph.ReadInto(this, ref json, IsNoState, Own);
    }

    private void AddCalls(CallsEvent e)
    {
        Counters.Calls.Told += e.Calls.Count;
        Counters.Calls.Unreadable += e.Unreadable;
        Counters.Calls.UnknownAttributes += e.UnknownAttributes;
        Counters.Calls.OmittedAtSource += e.Omitted;
        if (e.TaskId is { } task)
            taskCalls.Add(e, task);
        else
            outsideCalls.Add(e);
    }

    private ApplicationSpan Settled()
    {
        _ = application.Ids;
        return application;
    }

    /// <summary>The greatest time seen is the end of what never ends, the first one the start of an application whose own was lost.</summary>
    private void Saw(long? timeMs)
    {
        if (timeMs is not > 0)
            return;
        output.LastEventMs = Math.Max(output.LastEventMs, timeMs.Value);
        if (application.StartMs == 0)
            application.StartMs = timeMs.Value;
    }

    private void CountIgnored(bool ignored)
    {
        if (ignored)
            Counters.EventsIgnored++;
    }
}
