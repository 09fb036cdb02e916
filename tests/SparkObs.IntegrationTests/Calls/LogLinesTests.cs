using System.Text.Json;
using System.Text.RegularExpressions;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Calls;

/// <summary>Executors' log lines lead into the trace.</summary>
public sealed partial class LogLinesTests
{
    [LiveFact]
    public async Task Ids_in_executors_logs_are_those_of_the_tasks_in_Jaeger()
    {
        await using var jaeger = await JaegerServer.StartAsync();
        using var spark = new SparkSubmit("3.5.3");
        spark.MoveHome();
        await File.WriteAllTextAsync(Path.Combine(spark.Home, "conf", "log4j2.properties"), """
            rootLogger.level = info
            rootLogger.appenderRef.console.ref = console
            appender.console.type = Console
            appender.console.name = console
            appender.console.target = SYSTEM_ERR
            appender.console.layout.type = PatternLayout
            appender.console.layout.pattern = [%X{trace_id} %X{span_id} %X{spark_app} %X{stage} %X{task}] %c{1}: %m%n%ex
            """);
        var script = spark.PathOf("job.py");
        await File.WriteAllTextAsync(script, """
            from pyspark.sql import SparkSession
            spark = SparkSession.builder.appName("lines").config("spark.sql.adaptive.enabled", False).getOrCreate()
            print(spark.range(0, 100, 1, 4).repartition(3).count())
            spark.stop()
            """);

        var run = await spark.TracedAsync(["--output", "otlp", "--endpoint", jaeger.GrpcEndpoint, "--tasks", "all"], ["--master", "local-cluster[2,1,1024]", script]);

        Assert.Equal((0, "100\n"), (run.ExitCode, run.Output));
        var lines = spark.ExecutorLogs().SelectMany(log => log.Split('\n')).ToList();
        var finished = lines.Select(line => FinishedTask().Match(line)).Where(match => match.Success).ToList();
        Assert.Equal(8, finished.Count);
        var trace = await jaeger.TraceAsync(finished[0].Groups["trace"].Value, 8);
        var tasks = trace.GetProperty("spans").EnumerateArray().Where(span => span.GetProperty("operationName").GetString() == "task").Select(span =>
            $"{span.GetProperty("traceID")} {span.GetProperty("spanID")} {Tag(span, "spark.stage.id")}.{Tag(span, "spark.stage.attempt")} {Tag(span, "spark.task.id")}").ToList();
        Same.Assert(tasks, finished.Select(match => $"{match.Groups["trace"]} {match.Groups["span"]} {match.Groups["stage"]} {match.Groups["task"]}"));
        // The task that the line is about is the one whose ids it has.
        Assert.All(finished, match => Assert.Equal(match.Groups["task"].Value, match.Groups["tid"].Value));
        Assert.Single(finished.Select(match => match.Groups["app"].Value).Distinct());
        // Nothing stays on a thread for what is no task's.
        Assert.All(lines.Where(line => line.Contains("Got assigned task", StringComparison.Ordinal)), line => Assert.StartsWith("[    ] ", line, StringComparison.Ordinal));
    }

    private static string? Tag(JsonElement span, string key) =>
        span.GetProperty("tags").EnumerateArray().Where(tag => tag.GetProperty("key").GetString() == key).Select(tag => tag.GetProperty("value").ToString()).SingleOrDefault();

    [GeneratedRegex(@"^\[(?<trace>[0-9a-f]{32}) (?<span>[0-9a-f]{16}) (?<app>app-[0-9-]+) (?<stage>[0-9.]+) (?<task>[0-9]+)\] Executor: Finished task .* \(TID (?<tid>[0-9]+)\)")]
    private static partial Regex FinishedTask();
}
