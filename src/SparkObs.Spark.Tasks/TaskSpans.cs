using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Threading.Channels;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark;

/// <summary>
/// The worker's spans on their way to the collector: a bounded queue and one thread, which sends what there is once a second, and
/// what is left when the process ends. What the queue has no room for, and what the collector does not take, is counted and told once.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "One a process, for as long as it runs.")]
internal sealed class TaskSpans
{
    /// <summary>Some 2 MB: a worker's memory is the executor's, and a UDF's rows come faster than any collector takes spans.</summary>
    private const int MostQueued = 2048;

    /// <summary>Spans of one request.</summary>
    private const int MostAtOnce = 512;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How long the end of the process may wait: Spark does not wait long for its workers.</summary>
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(2);

    private static readonly Lazy<TaskSpans?> Shared = new(Create);
    private static int warned;

    private readonly Channel<(Activity Activity, SparkTask Task)> queue =
        Channel.CreateBounded<(Activity, SparkTask)>(new BoundedChannelOptions(MostQueued) { SingleReader = false });

    private readonly TaskExport export;
    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly IReadOnlyList<KeyValuePair<string, string>> resource;
    private SpanResource? sent;

    private TaskSpans(TaskExport export, IReadOnlyList<KeyValuePair<string, string>> resource)
    {
        this.export = export;
        this.resource = resource;
        using (ExecutionContext.SuppressFlow())
            new Thread(Run) { IsBackground = true, Name = "sparkobs" }.Start();
        ProcessEnd.Register(ProcessEndStep.Spans, _ => Task.Run(SendAllAsync).WaitAsync(EndWithin));
    }

    public static void Add(Activity activity, SparkTask task)
    {
        if (Shared.Value is { } spans && !spans.queue.Writer.TryWrite((activity, task)))
            Warn($"spans of UDFs come faster than they are sent: beyond {MostQueued} in a second they are dropped");
    }

    /// <summary>Once a process; to standard error, because standard output is the worker's wire to Spark.</summary>
    public static void Warn(string text)
    {
        if (Interlocked.Exchange(ref warned, 1) != 0)
            return;
        try
        {
            Console.Error.WriteLine($"sparkobs: {text}");
        }
        catch (Exception)
        {
            // There is nobody left to tell.
        }
    }

    private static TaskSpans? Create()
    {
        try
        {
            Func<string, string?> variable = Environment.GetEnvironmentVariable;
            var resource = ResourceEnvironment.Read(variable).ToList();
            if (variable.Told("OTEL_SERVICE_NAME") is { } service)
                resource.Add(new(SparkAttributes.ServiceName.Name, service));
            return new TaskSpans(new TaskExport(OtlpEnvironment.Read(variable)), resource);
        }
        catch (Exception e)
        {
            Warn($"there are no spans of UDFs: {e.Message}");
            return null;
        }
    }

    private void Run()
    {
        while (true)
        {
            try
            {
                Thread.Sleep(Interval);
                SendAllAsync().GetAwaiter().GetResult();
            }
            catch (Exception e)
            {
                Warn($"spans of UDFs were lost: {e.Message}");
            }
        }
    }

    private async Task SendAllAsync()
    {
        await sending.WaitAsync().ConfigureAwait(false);
        try
        {
            var batch = new SpanBatch();
            while (true)
            {
                while (batch.Count < MostAtOnce && queue.Reader.TryRead(out var span))
                    Write(batch, span.Activity, span.Task);
                if (batch.Count == 0)
                    return;
                var count = batch.Count;
                if (await export.SendAsync(batch).ConfigureAwait(false) is { } trouble)
                    Warn($"{count} spans of UDFs were lost: {trouble}");
            }
        }
        finally
        {
            sending.Release();
        }
    }

    private void Write(SpanBatch batch, Activity activity, SparkTask task)
    {
        // A worker serves one application.
        batch.Resource = sent ??= Resource(task);
        var start = activity.StartTimeUtc - DateTime.UnixEpoch;
        var end = start + activity.Duration;
        ref var span = ref batch.Begin(activity.DisplayName, activity.TraceId.ToTraceId(), activity.SpanId.ToSpanId(), activity.ParentSpanId.ToSpanId(),
            start.Ticks / TimeSpan.TicksPerMillisecond, end.Ticks / TimeSpan.TicksPerMillisecond);
        span.StartNanos = (int)(start.Ticks % TimeSpan.TicksPerMillisecond) * 100;
        span.EndNanos = (int)(end.Ticks % TimeSpan.TicksPerMillisecond) * 100;
        span.ParentIsRemote = activity.Parent is null;
        span.Status = (SpanStatus)activity.Status;
        span.StatusMessage = activity.StatusDescription;
        batch.Set(SparkAttributes.TaskId, task.Id);
        foreach (var (key, value) in activity.TagObjects)
            Set(batch, new AttributeKey(key), value);
        batch.End();
    }

    private static void Set(SpanBatch batch, AttributeKey key, object? value)
    {
        switch (value)
        {
            case null:
                break;
            case bool flag:
                batch.Set(key, flag);
                break;
            case double or float:
                batch.Set(key, Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            case long or int or short or byte or sbyte or uint or ushort:
                batch.Set(key, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case string[] texts:
                batch.Set(key, texts);
                break;
            default:
                batch.Set(key, Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private SpanResource Resource(SparkTask task)
    {
        var attributes = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            [SparkAttributes.ServiceName.Name] = task.ApplicationName ?? "unknown_service:spark",
            [SparkAttributes.ServiceInstanceId.Name] = task.ApplicationId,
            [SparkAttributes.AppId.Name] = task.ApplicationId,
            [SparkAttributes.AppName.Name] = task.ApplicationName,
        };
        foreach (var (key, value) in resource)
            attributes[key] = value;
        return new SpanResource([.. attributes.Where(a => a.Value is not null).Select(a => new SpanAttribute(new AttributeKey(a.Key), a.Value!))]);
    }
}
