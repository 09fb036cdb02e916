using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>
/// The traces of recorded applications, whole, against texts that were reviewed. SPARKOBS_ACCEPT=1 writes the texts anew.
/// </summary>
public class RecordedTraceTests
{
    public static TheoryData<string> Reviewed() =>
    [
        "3.0.3/failures", "3.0.3/rdd-core", "3.0.3/sql-aqe", "3.0.3/streaming",
        "3.3.4/failures", "3.3.4/rdd-core", "3.3.4/sql-aqe",
        "3.4.4/rdd-core", "3.4.4/sql-aqe",
        "3.5.3/crashed", "3.5.3/crashed-zstd", "3.5.3/dynamic", "3.5.3/failures", "3.5.3/failures-speculation", "3.5.3/python-udf", "3.5.3/rdd-core",
        "3.5.3/sql-aqe", "3.5.3/streaming",
        "4.3.0/connect", "4.3.0/crashed", "4.3.0/crashed-defaults", "4.3.0/dynamic", "4.3.0/failures", "4.3.0/failures-fetch", "4.3.0/python-udf",
        "4.3.0/rdd-core", "4.3.0/sql-aqe", "4.3.0/streaming",
    ];

    /// <summary>All but a frame that was cut, of which the counts hold less than can be read; its trace is a reviewed one.</summary>
    public static TheoryData<string> All() => [.. TestLogs.Counts.Keys.Select(WorkloadOf).Distinct().Where(workload => workload != "3.5.3/crashed-zstd")];

    [LogTheory]
    [MemberData(nameof(Reviewed))]
    public async Task Trace_is_the_reviewed_one(string workload)
    {
        var text = TraceText.Of(await Trace.OfLogAsync(TestLogs.Workload(workload)));
        var golden = Repository.PathOf("tests", "golden", workload.Replace('/', '-') + ".txt");
        if (Environment.GetEnvironmentVariable("SPARKOBS_ACCEPT") == "1")
            await File.WriteAllTextAsync(golden, text);
        Assert.Equal((await File.ReadAllTextAsync(golden)).ReplaceLineEndings("\n"), text.ReplaceLineEndings("\n"));
    }

    [LogTheory]
    [MemberData(nameof(All))]
    public async Task Spans_are_as_many_as_were_counted(string workload)
    {
        var counts = TestLogs.Counts.Where(file => WorkloadOf(file.Key) == workload).Select(file => file.Value).ToList();
        int Events(string name) => counts.Sum(count => count.Events.Where(e => e.Key.EndsWith(name, StringComparison.Ordinal)).Sum(e => e.Value));

        var trace = await Trace.OfLogAsync(TestLogs.Workload(workload), Trace.AllTasks);
        if (Events("SparkListenerApplicationStart") == 0)
        {
            Assert.Empty(trace.Spans);
            return;
        }

        TraceRules.AssertHold(trace);
        var ended = trace.Spans.Where(span => span[SparkAttributes.Incomplete] is null).ToList();
        var tasks = ended.Where(span => span.Name == SpanNames.Task).ToList();
        Assert.Equal(
            (Events("SparkListenerJobStart"), Events("SparkListenerJobEnd"), Events("SparkListenerStageSubmitted"), Events("SparkListenerStageCompleted")),
            (trace.Spans.Count(span => span.Is(SpanNames.Job)), ended.Count(span => span.Is(SpanNames.Job)),
                trace.Spans.Count(span => span.Is(SpanNames.Stage)), ended.Count(span => span.Is(SpanNames.Stage))));
        Assert.Equal(
            (Events("SparkListenerSQLExecutionStart"), Events("SparkListenerSQLExecutionEnd"), Events("SparkListenerTaskEnd"), Events("SparkListenerTaskStart")),
            (trace.Spans.Count(span => span.Is(SpanNames.Sql)), ended.Count(span => span.Is(SpanNames.Sql)), tasks.Count, trace.Spans.Count(span => span.Name == SpanNames.Task)));
        Assert.Equal(
            (counts.Sum(count => count.TasksFailed), counts.Sum(count => count.TasksKilled)),
            (tasks.Count(span => span.Status == SpanStatus.Error), tasks.Count(span => span[SparkAttributes.TaskKillReason] is not null)));
        Assert.Equal(
            (counts.Sum(count => count.JobsFailed), counts.Sum(count => count.StagesFailed)),
            (ended.Count(span => span.Is(SpanNames.Job) && span.Status == SpanStatus.Error), ended.Count(span => span.Is(SpanNames.Stage) && span.Status == SpanStatus.Error)));
    }

    private static string WorkloadOf(string file) => string.Join('/', file.Split('/')[..2]);
}
