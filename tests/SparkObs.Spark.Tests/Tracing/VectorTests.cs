using System.Globalization;
using System.Text.Json;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>The vectors that the JVM side reads too.</summary>
public class VectorTests
{
    private static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllText(Repository.PathOf("tests", "vectors", file))).RootElement;

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static IEnumerable<object?[]> Seeds() =>
        [.. Read("ids.json").GetProperty("seeds").EnumerateArray().Select(v => new object?[] { Text(v, "appId"), v.GetProperty("attemptId").GetString(), Text(v, "seed") })];

    public static IEnumerable<object?[]> Spans() =>
        [.. Read("ids.json").GetProperty("spans").EnumerateArray().Select(v => new object?[] { Text(v, "seed"), Text(v, "kind"), Text(v, "key"), Text(v, "id") })];

    public static IEnumerable<object?[]> Traces() =>
        [.. Read("ids.json").GetProperty("traces").EnumerateArray().Select(v => new object?[] { Text(v, "seed"), Text(v, "kind"), Text(v, "key"), Text(v, "trace") })];

    public static TheoryData<string> Parents() => [.. Read("parents.json").GetProperty("cases").EnumerateArray().Select(v => Text(v, "name"))];

    public static TheoryData<string> OwnPatterns() => [.. Read("redaction.json").GetProperty("own").EnumerateArray().Select(v => Text(v, "name"))];

    public static IEnumerable<object?[]> BuiltIn() =>
        [.. Read("redaction.json").GetProperty("builtIn").EnumerateArray().Select(v => new object?[] { Text(v, "name"), Text(v, "input"), Text(v, "output") })];

    public static IEnumerable<object?[]> Cuts() =>
        [.. Read("redaction.json").GetProperty("cuts").EnumerateArray().Select(v => new object?[] { v.GetProperty("limit").GetInt32(), Text(v, "input"), Text(v, "output") })];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Seed_of_an_application(string appId, string? attemptId, string seed) => Assert.Equal(seed, SpanIds.SeedOf(appId, attemptId));

    [Theory]
    [MemberData(nameof(Spans))]
    public void Span_id(string seed, string kind, string key, string id)
    {
        var ids = new SpanIds(seed);
        Assert.Equal(id, ids.Id(kind, key).ToString());

        var number = key.Split('.')[0];
        var byKind = kind switch
        {
            "app" => ids.Application,
            "sql" => ids.Sql(long.Parse(number, CultureInfo.InvariantCulture)),
            "job" => ids.Job(int.Parse(number, CultureInfo.InvariantCulture)),
            "stage" => ids.Stage(int.Parse(number, CultureInfo.InvariantCulture), int.Parse(key.Split('.')[1], CultureInfo.InvariantCulture)),
            "task" => ids.Task(long.Parse(number, CultureInfo.InvariantCulture)),
            "shuffle" when key.EndsWith("read", StringComparison.Ordinal) => ids.ShuffleRead(long.Parse(number, CultureInfo.InvariantCulture)),
            "shuffle" => ids.ShuffleWrite(long.Parse(number, CultureInfo.InvariantCulture)),
            "batch" => ids.Batch(key),
            "op" => ids.Operation(key),
            _ => ids.Id(kind, key),
        };
        Assert.Equal(id, byKind.ToString());
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void Own_trace(string seed, string kind, string key, string trace) => Assert.Equal(trace, new SpanIds(seed).OwnTrace(kind, key).ToString());

    [Theory]
    [MemberData(nameof(Parents))]
    public void Parent_of_a_job(string name)
    {
        var file = Read("parents.json");
        var vector = file.GetProperty("cases").EnumerateArray().Single(v => Text(v, "name") == name);
        var properties = vector.GetProperty("properties").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!);
        var origin = JobOrigin.Of(JobProperties.OriginIn(properties));
        Assert.True(TraceId.TryParse(Text(file.GetProperty("application"), "trace"), out var trace));
        Assert.True(SpanId.TryParse(Text(file.GetProperty("application"), "span"), out var span));

        var placement = Placement.Of(origin, new SpanIds(Text(file, "seed")), new Traceparent(trace, span, Sampled: true));

        Assert.Equal(
            (Text(vector, "trace"), Text(vector, "parent"), Text(vector, "kind"), vector.GetProperty("sampled").GetBoolean()),
            (placement.Trace.ToString(), placement.Parent.ToString(), placement.Kind.ToString().ToLowerInvariant(), placement.Sampled));
    }

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void Redaction_by_the_built_in_patterns(string name, string input, string output)
    {
        var redaction = new Redaction(new Dictionary<string, string>(), message => Assert.Fail(message));
        Assert.Equal((name, output), (name, redaction.Apply(input)));
        Assert.Equal((name, output), (name, redaction.Apply(output)));
    }

    [Theory]
    [MemberData(nameof(OwnPatterns))]
    public void Redaction_by_a_users_pattern(string name)
    {
        var vector = Read("redaction.json").GetProperty("own").EnumerateArray().Single(v => Text(v, "name") == name);
        var redaction = new Redaction(vector.GetProperty("properties").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!), _ => { });
        var once = redaction.Apply(Text(vector, "input"));
        Assert.Equal(Text(vector, "output"), once);
        Assert.Equal(once, redaction.Apply(once));
    }

    [Fact]
    public void Redaction_by_a_pattern_that_takes_too_long_hides_the_whole_text_and_warns_once()
    {
        var warnings = new List<string>();
        var redaction = new Redaction(new Dictionary<string, string> { ["spark.redaction.string.regex"] = "(a+)+$" }, warnings.Add);
        var hostile = new string('a', 40) + "!";

        Assert.Equal([Redaction.Mask, Redaction.Mask], [redaction.Apply(hostile), redaction.Apply(hostile)]);
        Assert.Equal(["the redaction pattern '(a+)+$' took over 100 ms: the whole text is redacted"], warnings);
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public void Cut_counts_bytes_with_the_ellipsis(int limit, string input, string output)
    {
        Assert.Equal(output, SafeText.Cut(input, limit));
        Assert.Equal(output, SafeText.Cut(output, limit));
    }
}
