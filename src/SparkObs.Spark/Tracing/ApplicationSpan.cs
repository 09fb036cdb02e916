using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>
/// The application: who it is, which decides all ids, its trace and its resource; and its span, which is written last.
/// The identity is settled by the first event that needs it, and stays.
/// </summary>
internal sealed class ApplicationSpan : OpenSpan
{
    /// <summary>Executors come and go for ever under dynamic allocation: the rest is counted.</summary>
    private const int MaxEvents = 100;

    private readonly TraceOptions options;
    private readonly List<ExecutorNote> notes = [];

    /// <summary>The last exclusions: their twins stand a few lines further on.</summary>
    private readonly RecentMap<ExecutorNote, bool> exclusions = new(MaxEvents);
    private Dictionary<string, string> properties = [];
    private ApplicationStart? start;
    private ApplicationEnd? end;
    private string? version;
    private int notesOmitted;
    private SpanIds? ids;
    private SafeText? text;

    /// <summary>The properties when the identity was settled.</summary>
    private Dictionary<string, string> settled = [];
    private SpanResource? resource;

    public ApplicationSpan(TraceOptions options) => this.options = options;

    /// <summary>An event of an executor's that has a time.</summary>
    private sealed record ExecutorNote(string Name, long TimeMs, string ExecutorId, string? Reason, int? TaskFailures, int? StageId, int? StageAttempt);

    public SpanIds Ids => ids ?? Settle();

    /// <summary>Made again where the rest of the state was read: rules are not written.</summary>
    public SafeText Text
    {
        get
        {
            _ = Ids;
            return text ??= new SafeText(new Redaction(settled, options.Warn));
        }
    }

    public SpanResource Resource
    {
        get
        {
            _ = Ids;
            return resource!;
        }
    }

    /// <summary>Trace and span that everything without a better parent stands below.</summary>
    public Traceparent Context { get; private set; }

    /// <summary>The application as others may name it.</summary>
    public RunningApplication AsRunning()
    {
        _ = Ids;
        return new RunningApplication(Text(SparkAttributes.AppId) ?? "", Text(SparkAttributes.AppName), Context);

        string? Text(AttributeKey key) => resource!.Attributes.Where(attribute => attribute.Key.Name == key.Name).Select(attribute => attribute.AsString).FirstOrDefault();
    }

    /// <summary>Something was told that a trace can be made of.</summary>
    public bool IsKnown => start is not null || ids is not null;

    /// <summary>Nothing that comes changes who the application is: its environment and its start are there, or its ids are in use.</summary>
    public bool IsSettled => ids is not null || (start is not null && properties.Count > 0);

    /// <summary>Part of the events is missing from the source: compacted away, or cut off.</summary>
    public bool SourceIncomplete { get; set; }

    /// <summary>What the driver's process ended with, where somebody saw it end.</summary>
    public int? ProcessExitCode { get; set; }

    /// <summary>Live: what ended the program that the application belongs to, while the application ran.</summary>
    public ProgramError? ProgramError { get; set; }

    /// <summary>Live: what became of the events.</summary>
    public EventTotals EventTotals { get; set; } = EventTotals.None;

    public int Jobs { get; set; }

    public int JobsFailed { get; set; }

    public int StageAttempts { get; set; }

    public int StageAttemptsFailed { get; set; }

    public long Tasks { get; set; }

    public long TasksFailed { get; set; }

    public long TasksKilled { get; set; }

    public long SqlExecutions { get; set; }

    public int ExecutorsAdded { get; set; }

    public int ExecutorsRemoved { get; private set; }

    public int ExecutorsExcluded { get; private set; }

    public void Add(LogStart e) => version ??= e.SparkVersion;

    /// <summary>Spark tells its environment again when a jar is added; the first one is the application's.</summary>
    public void Add(EnvironmentUpdate e)
    {
        if (properties.Count == 0)
            properties = e.SparkProperties;
    }

    public void Add(ApplicationStart e) => start ??= e;

    public void Add(ApplicationEnd e) => end ??= e;

    public void Add(ExecutorRemoved e)
    {
        ExecutorsRemoved++;
        Add(new ExecutorNote(SpanEventNames.ExecutorRemoved, e.Time, e.ExecutorId, e.Reason, null, null, null));
    }

    /// <summary>Since 3.1 Spark tells each exclusion twice, under its new and its old name.</summary>
    public void Add(ExecutorExcluded e)
    {
        var note = new ExecutorNote(SpanEventNames.ExecutorExcluded, e.Time, e.ExecutorId, null, e.TaskFailures, e.StageId, e.StageAttempt);
        if (exclusions.Contains(note))
            return;
        exclusions.Add(note, true);
        ExecutorsExcluded++;
        Add(note);
    }

    public void Write(SpanOutput output, TraceCounters counters)
    {
        _ = Ids;
        StartMs = start?.Time ?? StartMs;
        EndMs = end?.Time;
        var incomplete = end is null || SourceIncomplete;
        if (output.Begin(this, SpanNames.Application) is not { } batch)
            return;
        if (incomplete && EndMs is not null)
            batch.Set(SparkAttributes.Incomplete, true);
        batch.Set(SparkAttributes.AppUser, start?.User is { } user ? Text.Name(user) : null);
        batch.Set(SparkAttributes.Master, properties.TryGetValue("spark.master", out var master) ? Text.Name(master) : null);
        batch.Set(SparkAttributes.DeployMode, properties.TryGetValue("spark.submit.deployMode", out var mode) ? Text.Name(mode) : null);
        WriteCounts(batch);
        if (end?.ExitCode is { } exitCode)
            batch.Set(SparkAttributes.AppExitCode, exitCode);
        if (ProcessExitCode is { } processExitCode)
            batch.Set(SparkAttributes.ExitCode, processExitCode);
        EventTotals.Write(batch);
        if (counters.TasksOmitted > 0)
            batch.Set(SparkAttributes.TasksOmitted, counters.TasksOmitted);
        if (counters.Calls.Omitted > 0)
            batch.Set(SparkAttributes.CallsOmitted, counters.Calls.Omitted);
        if (counters.Unsampled > 0)
            batch.Set(SparkAttributes.SpansUnsampled, counters.Unsampled);
        if (notesOmitted > 0)
            batch.Set(SparkAttributes.EventsOmitted, notesOmitted);
        WriteStatus(batch, incomplete);
        WriteNotes(batch);
        output.End();
    }

    private void WriteCounts(SpanBatch batch)
    {
        batch.Set(SparkAttributes.AppSqlExecutions, SqlExecutions);
        batch.Set(SparkAttributes.AppJobs, Jobs);
        batch.Set(SparkAttributes.AppJobsFailed, JobsFailed);
        batch.Set(SparkAttributes.AppStages, StageAttempts);
        batch.Set(SparkAttributes.AppStagesFailed, StageAttemptsFailed);
        batch.Set(SparkAttributes.AppTasks, Tasks);
        batch.Set(SparkAttributes.AppTasksFailed, TasksFailed);
        batch.Set(SparkAttributes.AppTasksKilled, TasksKilled);
        batch.Set(SparkAttributes.AppExecutorsAdded, ExecutorsAdded);
        batch.Set(SparkAttributes.AppExecutorsRemoved, ExecutorsRemoved);
        batch.Set(SparkAttributes.AppExecutorsExcluded, ExecutorsExcluded);
    }

    private void WriteStatus(SpanBatch batch, bool incomplete)
    {
        if (ProgramError is { } error)
        {
            batch.Current.Status = SpanStatus.Error;
            batch.Current.StatusMessage = Text.Name(error.Message);
            batch.Set(SparkAttributes.ErrorType, error.Type);
        }
        else if (incomplete)
        {
            batch.Current.Status = SpanStatus.Error;
            batch.Current.StatusMessage = end is null
                ? "The application's end is not among its events: it was killed, or it still runs"
                : "Part of the application's events is missing";
            batch.Set(SparkAttributes.ErrorType, ErrorTypes.Incomplete);
        }
        else if ((ProcessExitCode is null or 0 ? end?.ExitCode : ProcessExitCode) is { } exitCode and not 0)
        {
            batch.Current.Status = SpanStatus.Error;
            batch.Current.StatusMessage = $"The application ended with exit code {exitCode}";
            batch.Set(SparkAttributes.ErrorType, "exit_code");
        }
    }

    private void WriteNotes(SpanBatch batch)
    {
        foreach (var note in notes)
        {
            batch.AddEvent(note.Name, note.TimeMs);
            batch.Set(SparkAttributes.ExecutorId, note.ExecutorId);
            batch.Set(SparkAttributes.ExecutorReason, note.Reason is { } reason ? Text.Name(reason) : null);
            if (note.TaskFailures is { } failures)
                batch.Set(SparkAttributes.ExecutorTaskFailures, failures);
            if (note.StageId is { } stage)
                batch.Set(SparkAttributes.StageId, stage);
            if (note.StageAttempt is { } attempt)
                batch.Set(SparkAttributes.StageAttempt, attempt);
        }
    }

    private void Add(ExecutorNote note)
    {
        if (notes.Count < MaxEvents)
            notes.Add(note);
        else
            notesOmitted++;
    }

    private SpanIds Settle()
    {
        var appId = start?.AppId ?? properties.GetValueOrDefault("spark.app.id") ?? "";
        var appName = start?.AppName ?? properties.GetValueOrDefault("spark.app.name");
        var seed = ApplicationContext.SeedIn(properties) ?? SpanIds.SeedOf(appId, start?.AttemptId);
        ids = new SpanIds(seed);
        Id = ids.Application;
        settled = properties;
        resource = ResourceOf(appId, appName, Text);

        if (Traceparent.TryParse(properties.GetValueOrDefault(ApplicationContext.CallerKey), out var caller))
        {
            ParentId = caller.Span;
            ParentIsRemote = true;
        }
        Context = ApplicationContext.Of(properties, seed, ids);
        Scope = new TraceScope(Context.Trace, Context.Sampled);
        StartMs = start?.Time ?? StartMs;
        return ids;
    }

    private SpanResource ResourceOf(string appId, string? appName, SafeText safe)
    {
        var name = appName is { Length: > 0 } ? safe.Name(appName) : null;
        var attributes = new Dictionary<string, SpanAttribute>();
        void Set(AttributeKey key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                attributes[key.Name] = new SpanAttribute(key, value);
        }

        Set(SparkAttributes.ServiceName, name ?? "unknown_service:spark");
        Set(SparkAttributes.ServiceInstanceId, appId);
        Set(SparkAttributes.AppId, appId);
        Set(SparkAttributes.AppName, name);
        Set(SparkAttributes.AppAttemptId, start?.AttemptId);
        Set(SparkAttributes.SparkVersion, version);
        foreach (var (key, value) in options.ResourceAttributes)
            Set(new AttributeKey(key), value);
        Set(SparkAttributes.ServiceName, options.ServiceName);
        return new SpanResource([.. attributes.Values]);
    }
}
