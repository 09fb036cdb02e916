using System.Globalization;
using System.Text.Json;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Calls;

/// <summary>The calls of a trace.</summary>
internal sealed class CallTrace
{
    private readonly Dictionary<string, JsonElement> spans;

    public CallTrace(OtlpSpans live)
    {
        spans = live.All.GroupBy(span => span.GetProperty("spanId").GetString()!).ToDictionary(group => group.Key, group => group.Last());
        Calls = [.. live.All.Where(span => span.GetProperty("kind").GetInt32() == 3).Select(span => new Call(span))];
        Tasks = live.Named("task").ToDictionary(task => OtlpSpans.Attribute(task, "spark.task.id")!);
    }

    public IReadOnlyList<Call> Calls { get; }

    /// <summary>By id.</summary>
    public IReadOnlyDictionary<string, JsonElement> Tasks { get; }

    public IReadOnlyList<Call> S3 => [.. Calls.Where(call => call["sparkobs.call.kind"] == "s3")];

    public IReadOnlyList<Call> Jdbc => [.. Calls.Where(call => call["sparkobs.call.kind"] == "jdbc")];

    /// <summary>The name of the span that the call stands below; null when the trace has it not.</summary>
    public string? ParentOf(Call call) => spans.TryGetValue(call.Parent, out var parent) ? parent.GetProperty("name").GetString() : null;

    /// <summary>The id of the task that the call stands below, or null.</summary>
    public string? TaskOf(Call call) => ParentOf(call) == "task" ? OtlpSpans.Attribute(spans[call.Parent], "spark.task.id") : null;

    /// <summary>Per task that has any of the calls their numbers added up, as lines "task: sum".</summary>
    public IReadOnlyList<string> SumPerTask(IEnumerable<Call> calls, Func<Call, long> number) =>
        [.. calls.GroupBy(call => TaskOf(call), number).Select(group => $"task {group.Key}: {group.Sum()}").Order(StringComparer.Ordinal)];

    /// <summary>What Spark's own metric of these tasks says, of those that have it, in the same form.</summary>
    public IReadOnlyList<string> MetricPerTask(string metric) =>
        [.. Tasks.Where(task => Number(task.Value, metric) > 0).Select(task => $"task {task.Key}: {Number(task.Value, metric)}").Order(StringComparer.Ordinal)];

    private static long Number(JsonElement span, string key) => long.Parse(OtlpSpans.Attribute(span, key) ?? "0", CultureInfo.InvariantCulture);
}

/// <summary>The span of a call.</summary>
internal sealed class Call(JsonElement span)
{
    public string Name => span.GetProperty("name").GetString()!;

    public string Parent => span.TryGetProperty("parentSpanId", out var parent) ? parent.GetString()! : "";

    /// <summary>Null where the call did not fail.</summary>
    public string? Error => span.TryGetProperty("status", out var status) && status.TryGetProperty("code", out var code) && code.GetInt32() == 2
        ? $"{this["error.type"]}: {status.GetProperty("message").GetString()}"
        : null;

    /// <summary>The whole span as JSON.</summary>
    public string All => span.ToString();

    public string? this[string key] => OtlpSpans.Attribute(span, key);

    /// <summary>0 where it is not there.</summary>
    public long Number(string key) => long.Parse(this[key] ?? "0", CultureInfo.InvariantCulture);
}
