using System.Diagnostics;
using System.Text.Json;
using Serilog;
using Serilog.Events;
using SparkObs.Spark.Logging;

namespace SparkObs.Spark.Tests.Logging;

public class LogSamplerTests
{
    private static readonly Dictionary<string, string> Properties = new() { ["task"] = "spark.task.id", ["sql"] = "spark.sql.execution.id", ["job"] = "spark.job.id" };

    private static JsonElement[] Vectors() =>
        [.. JsonDocument.Parse(File.ReadAllText(Repository.PathOf("tests", "vectors", "log-sampling.json"))).RootElement.GetProperty("vectors").EnumerateArray()];

    [Fact]
    public void Units_are_taken_as_the_vectors_say()
    {
        var vectors = Vectors();
        Assert.All(vectors, vector =>
        {
            var unit = vector.GetProperty("unit").GetString()!;
            var id = vector.GetProperty("id").GetString()!;
            var app = vector.GetProperty("app").GetString()!;
            var text = vector.GetProperty("text").GetString()!;
            Assert.Equal(vector.GetProperty("hash").GetString(), SamplingHash.Finish(SamplingHash.Add(SamplingHash.Empty, text)).ToString("x16"));
            var resource = LogEvents.Resource(null, ("SPARK_APPLICATION_ID", app));
            object[] forms = long.TryParse(id, out var number) && unit != "root" ? [id, number] : [id];
            foreach (var form in forms)
            {
                var e = unit == "root"
                    ? LogEvents.InSpan(ActivitySpanId.CreateFromString(id))
                    : LogEvents.Of(LogEventLevel.Information, "x", (Properties[unit], form));
                foreach (var taken in vector.GetProperty("taken").EnumerateObject())
                    Assert.Equal(taken.Value.GetBoolean(), new LogSampler(double.Parse(taken.Name), 0, resource).IsEnabled(e));
            }
        });
        Assert.Equal(3 * 3 * 15 + 6, vectors.Length);
    }

    [Fact]
    public void Warnings_and_errors_are_all_taken_and_debug_is_off()
    {
        var sampler = new LogSampler(0, 0, LogEvents.Resource());
        Assert.Equal(
            [false, false, false, true, true, true],
            Enum.GetValues<LogEventLevel>().Select(level => sampler.IsEnabled(LogEvents.Of(level, "x", ("spark.task.id", 1)))));
        Assert.Equal(3, sampler.LeftOut);
        Assert.All(Enum.GetValues<LogEventLevel>(), level => Assert.True(new LogSampler(1, 1, LogEvents.Resource()).IsEnabled(LogEvents.Of(level, "x"))));
    }

    /// <summary>Of so many units the part that is taken is within five standard deviations of the rate.</summary>
    [Theory]
    [InlineData("spark.task.id", 0.1)]
    [InlineData("spark.job.id", 0.5)]
    [InlineData(null, 0.1)]
    [InlineData("root", 0.01)]
    public void The_part_that_is_taken_is_the_rate(string? unit, double rate)
    {
        const int units = 20_000;
        var sampler = new LogSampler(rate, rate, LogEvents.Resource(null, ("SPARK_APPLICATION_ID", "app-1")));
        var taken = Enumerable.Range(0, units).Count(i => sampler.IsEnabled(unit switch
        {
            null => LogEvents.Of(LogEventLevel.Information, "x"),
            "root" => LogEvents.InSpan(ActivitySpanId.CreateRandom()),
            _ => LogEvents.Of(LogEventLevel.Debug, "x", (unit, i)),
        }));
        Assert.InRange(taken, units * rate - 5 * Math.Sqrt(units * rate * (1 - rate)), units * rate + 5 * Math.Sqrt(units * rate * (1 - rate)));
        Assert.Equal(units - taken, sampler.LeftOut);
    }

    [Fact]
    public void The_narrowest_unit_decides()
    {
        var resource = LogEvents.Resource();
        var sampler = new LogSampler(0.5, 0, resource);
        bool Alone(string name, int id) => sampler.IsEnabled(LogEvents.Of(LogEventLevel.Information, "x", (name, id)));
        for (var i = 0; i < 200; i++)
        {
            var (task, sql, job) = (i, 1000 + i, 2000 + i);
            var span = ActivitySpanId.CreateRandom();
            Assert.Equal(Alone("spark.task.id", task), sampler.IsEnabled(LogEvents.InSpan(span, ("spark.job.id", job), ("spark.sql.execution.id", sql), ("spark.task.id", task))));
            Assert.Equal(Alone("spark.sql.execution.id", sql), sampler.IsEnabled(LogEvents.InSpan(span, ("spark.job.id", job), ("spark.sql.execution.id", sql))));
            Assert.Equal(Alone("spark.job.id", job), sampler.IsEnabled(LogEvents.InSpan(span, ("spark.job.id", job))));
        }
    }

    [Fact]
    public void Lines_of_one_root_activity_stay_together()
    {
        using var source = new ActivitySource("log sampler");
        using var listener = new ActivityListener { ShouldListenTo = s => s.Name == source.Name, Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(listener);
        var kept = new KeptEvents();
        using var logger = new LoggerConfiguration().Filter.WithSparkObsSampling(informationRate: 0.5).WriteTo.Sink(kept).CreateLogger();
        var whole = new HashSet<int>();
        for (var i = 0; i < 100; i++)
        {
            using var root = source.StartActivity("root");
            logger.Information("{Unit}", i);
            using (source.StartActivity("child"))
            {
                logger.Information("{Unit}", i);
                using (source.StartActivity("grandchild"))
                    logger.Information("{Unit}", i);
            }
            if (SamplingHash.Fraction(SamplingHash.Add(SamplingHash.Empty, "root|" + root!.SpanId.ToHexString())) < 0.5)
                whole.Add(i);
        }
        Assert.Equal(whole.SelectMany(unit => Enumerable.Repeat(unit, 3)), kept.Events.Select(e => (int)((ScalarValue)e.Properties["Unit"]).Value!));
    }

    [Fact]
    public void Sampling_makes_no_garbage()
    {
        var sampler = new LogSampler(0.5, 0.5, LogEvents.Resource(null, ("SPARK_APPLICATION_ID", "app-1")));
        LogEvent[] events = [.. Enumerable.Range(0, 64).Select(i => LogEvents.Of(LogEventLevel.Information, "x", ("spark.task.id", i))), LogEvents.Of(LogEventLevel.Information, "x"), LogEvents.InSpan(ActivitySpanId.CreateRandom())];
        for (var i = 0; i < 100; i++)
            _ = events.Count(sampler.IsEnabled);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var e in events)
            sampler.IsEnabled(e);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
