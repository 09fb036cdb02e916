using System.Reflection;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>docs/telemetry.md is what is emitted, and nothing else is.</summary>
public class TelemetryDocTests
{
    private const string AnySpan = "any span";
    private static readonly string[] Lines = File.ReadAllLines(Repository.PathOf("docs", "telemetry.md"));
    private static readonly Task<EmittedTelemetry> Emitted = EmittedTelemetry.AllAsync();

    [LogFact]
    public async Task Attributes_are_those_that_are_emitted()
    {
        var emitted = (await Emitted).Attributes;
        var documented = DocumentedAttributes();
        Assert.Equal(documented.Count, documented.Distinct().Count());
        var common = documented.Where(attribute => attribute.Place == AnySpan).Select(attribute => (attribute.Key, attribute.Type)).ToHashSet();
        var kinds = (await Emitted).Kinds.Select(kind => kind.Kind).ToHashSet();
        var expected = documented.Where(attribute => attribute.Place != AnySpan);
        var own = emitted.Where(attribute => !kinds.Contains(attribute.Place) || !common.Contains((attribute.Key, attribute.Type)));

        Assert.Equal(Ordered(expected), Ordered(own));
        Assert.Equal(common.Order(), emitted.Where(attribute => kinds.Contains(attribute.Place) && common.Contains((attribute.Key, attribute.Type))).Select(attribute => (attribute.Key, attribute.Type)).Distinct().Order());
    }

    [Fact]
    public void Attributes_are_the_keys_that_the_code_has()
    {
        var keys = typeof(SparkAttributes).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.FieldType == typeof(AttributeKey)).Select(field => ((AttributeKey)field.GetValue(null)!).Name)
            .Concat(Enum.GetValues<TaskMetric>().SelectMany(metric => new[] { TaskMetricKeys.Key(metric).Name, TaskMetricKeys.StageKey(metric).Name }))
            .Concat(Enum.GetValues<CallAttribute>().Where(key => key != CallAttribute.Timing).Select(key => CallKeys.Key(key).Name))
            .Append(SparkAttributes.BatchPhasePrefix + "<phase>");
        Assert.Equal(keys.Order(StringComparer.Ordinal), DocumentedAttributes().Select(attribute => attribute.Key).Distinct().Order(StringComparer.Ordinal));
    }

    [LogFact]
    public async Task Spans_are_those_that_are_emitted()
    {
        var rows = Rows("| span | name | kind | parent | when |").Select(row => (row[0], row[2])).ToList();
        Assert.Equal(rows.Order(), (await Emitted).Kinds.Select(kind => (kind.Kind, kind.SpanKind.ToString().ToUpperInvariant())).Order());
        Assert.All(Rows("| span | name | kind | parent | when |").Where(row => row[0] != "call"), row => Assert.StartsWith($"`{row[0]}`", row[1], StringComparison.Ordinal));
    }

    [LogFact]
    public async Task Events_are_those_that_are_emitted()
    {
        Assert.Equal(Pairs("| event | on | when |"), (await Emitted).Events.Select(e => (e.Event, e.Kind)).Order());
        Assert.Equal(ConstantsOf(typeof(SpanEventNames)), Pairs("| event | on | when |").Select(pair => pair.Item1).Distinct().Order(StringComparer.Ordinal));
    }

    [LogFact]
    public async Task Links_are_those_that_are_emitted()
    {
        Assert.Equal(Pairs("| link | on | to |"), (await Emitted).Links.Select(link => (link.Link, link.Kind)).Order());
        Assert.Equal(ConstantsOf(typeof(LinkTypes)), Pairs("| link | on | to |").Select(pair => pair.Item1).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Rows_have_all_their_cells()
    {
        foreach (var row in AttributeRows())
        {
            Assert.Equal(5, row.Cells.Length);
            Assert.Contains(row.Cells[1], new[] { "string", "int", "double", "bool", "string[]" });
            Assert.Contains(row.Cells[2], new[] { "-", "s", "bytes", "count", "ratio", "1/s" });
            Assert.Matches(@"^(-|[34]\.\d)$", row.Cells[3]);
            Assert.NotEmpty(row.Cells[4]);
            var time = row.Cells[1] == "double" && row.Cells[2] is not ("s" or "ratio" or "1/s");
            Assert.False(time, $"{row.Cells[0]} has no unit");
        }
    }

    private static IEnumerable<TelemetryAttribute> Ordered(IEnumerable<TelemetryAttribute> attributes) =>
        attributes.OrderBy(attribute => attribute.Place, StringComparer.Ordinal).ThenBy(attribute => attribute.Key, StringComparer.Ordinal);

    private static List<TelemetryAttribute> DocumentedAttributes() =>
        [.. AttributeRows().Select(row => new TelemetryAttribute(row.Place, row.Cells[0].Trim('`'), row.Cells[1]))];

    /// <summary>The tables below a heading of the third level, which names the span, event or link.</summary>
    private static IEnumerable<(string Place, string[] Cells)> AttributeRows()
    {
        var place = "";
        foreach (var line in Lines)
        {
            if (line.StartsWith('#'))
                place = line.StartsWith("### ", StringComparison.Ordinal) ? line[4..] : "";
            else if (place.Length > 0 && line.StartsWith("| `", StringComparison.Ordinal))
                yield return (place, CellsOf(line));
        }
    }

    private static IEnumerable<string[]> Rows(string header) =>
        Lines.SkipWhile(line => line != header).Skip(2).TakeWhile(line => line.StartsWith('|')).Select(CellsOf);

    private static IEnumerable<(string, string)> Pairs(string header) =>
        Rows(header).SelectMany(row => row[1].Split(", ").Select(kind => (row[0].Trim('`'), kind))).Order();

    private static IEnumerable<string> ConstantsOf(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!).Order(StringComparer.Ordinal);

    private static string[] CellsOf(string line) => [.. line.Trim('|', ' ').Split(" | ").Select(cell => cell.Trim())];
}
