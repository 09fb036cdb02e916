using System.Globalization;
using System.Text;
using System.Text.Json;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Connect;

/// <summary>The spans of one client's trace as text, whole, without what differs from run to run.</summary>
internal sealed class ConnectTree
{
    private const int Server = 2;

    private static readonly string[] SparkIds = ["spark.task.id", "spark.stage.id", "spark.job.id", "spark.sql.execution.id"];

    private readonly StringBuilder text = new();
    private readonly ILookup<string, JsonElement> below;

    private ConnectTree(OtlpSpans spans)
    {
        below = spans.All.Where(span => OtlpSpans.Attribute(span, "sparkobs.marker") is null)
            .ToLookup(span => span.TryGetProperty("parentSpanId", out var parent) ? parent.GetString()! : "");
    }

    /// <summary>Below each caller's span, which stands as a number, its operations in order of time; each with all that is below it.</summary>
    public static string Of(OtlpSpans spans, string trace)
    {
        var tree = new ConnectTree(spans);
        var operations = Operations(spans).Where(span => span.GetProperty("traceId").GetString() == trace);
        foreach (var caller in operations.GroupBy(span => span.GetProperty("parentSpanId").GetString()!).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            tree.text.Append(CultureInfo.InvariantCulture, $"{Convert.ToInt64(caller.Key, 16)}\n");
            tree.Write([.. caller], 1);
        }
        return tree.text.ToString();
    }

    /// <summary>Of operations that are the roots of their own traces.</summary>
    public static string Of(OtlpSpans spans, IEnumerable<JsonElement> operations)
    {
        var tree = new ConnectTree(spans);
        tree.Write([.. operations], 0);
        return tree.text.ToString();
    }

    public static IEnumerable<JsonElement> Operations(OtlpSpans spans) => spans.All.Where(span => span.GetProperty("kind").GetInt32() == Server);

    private void Write(IReadOnlyList<JsonElement> spans, int depth)
    {
        foreach (var span in spans.OrderBy(span => span.GetProperty("startTimeUnixNano").GetString(), StringComparer.Ordinal).ThenBy(SparkId))
        {
            text.Append(' ', 2 * depth).Append(span.GetProperty("name").GetString());
            foreach (var key in new[] { "spark.connect.operation.status", "spark.connect.produced_rows", "spark.job.result", "error.type" })
            {
                if (OtlpSpans.Attribute(span, key) is { } value)
                    text.Append(", ").Append(value);
            }
            text.Append('\n');
            Write([.. below[span.GetProperty("spanId").GetString()!]], depth + 1);
        }
    }

    /// <summary>The span's own: tasks and stages also have those of what stands above them.</summary>
    private static long SparkId(JsonElement span) => long.Parse(
        SparkIds.Select(key => OtlpSpans.Attribute(span, key)).FirstOrDefault(id => id is not null) ?? "0", CultureInfo.InvariantCulture);
}
