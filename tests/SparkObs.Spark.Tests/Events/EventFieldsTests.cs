using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Events;

/// <summary>Each field of each event of every version, against the same line read as a JSON document.</summary>
public sealed class EventFieldsTests
{
    /// <summary>Of each event in a log, so many: enough for each form that it has there.</summary>
    private const int EachKind = 15;

    public static TheoryData<string> Workloads =>
    [
        "3.0.3/failures", "3.0.3/rdd-core", "3.0.3/sql-aqe", "3.0.3/streaming",
        "3.3.4/failures", "3.3.4/rdd-core", "3.3.4/sql-aqe",
        "3.4.4/rdd-core", "3.4.4/sql-aqe",
        "3.5.3/dynamic", "3.5.3/failures", "3.5.3/failures-speculation", "3.5.3/python-udf", "3.5.3/sql-aqe", "3.5.3/streaming",
        "4.3.0/connect", "4.3.0/dynamic", "4.3.0/failures", "4.3.0/failures-fetch", "4.3.0/python-udf", "4.3.0/rdd-core", "4.3.0/sql-aqe",
        "4.3.0/streaming",
    ];

    [LogTheory]
    [MemberData(nameof(Workloads))]
    public void All_fields_that_Spark_wrote_are_there(string workload)
    {
        var reader = new EventReader();
        var seen = new Dictionary<string, int>();
        foreach (var line in TestLogs.Lines(workload))
        {
            if (reader.Read(line, out var e) != LineOutcome.Event)
                continue;
            var kind = e!.GetType().Name + (e is TaskEnd { Failure: { } failure } ? failure.ReasonName : "");
            if ((seen[kind] = seen.GetValueOrDefault(kind) + 1) > EachKind)
                continue;

            using var document = System.Text.Json.JsonDocument.Parse(line);
            Assert.Equivalent(EventOracle.Read(document.RootElement), e, strict: true);
            if (e is TaskEnd task)
                Assert.Equal(EventOracle.Metrics(document.RootElement), Metrics(task.Metrics));
        }
    }

    [LogTheory]
    [InlineData("ExecutorExcluded", false)]
    [InlineData("ExecutorBlacklisted", true)]
    public void An_excluded_executor_is_read_under_both_names(string name, bool oldName)
    {
        Assert.Equivalent(
            new ExecutorExcluded { Time = 5, ExecutorId = "3", TaskFailures = 2, OldName = oldName },
            Read($"{{\"Event\":\"org.apache.spark.scheduler.SparkListener{name}\",\"time\":5,\"executorId\":\"3\",\"taskFailures\":2}}"),
            strict: true);
        Assert.Equivalent(
            new ExecutorExcluded { Time = 5, ExecutorId = "3", TaskFailures = 2, StageId = 7, StageAttempt = 1, OldName = oldName },
            Read($"{{\"Event\":\"org.apache.spark.scheduler.SparkListener{name}ForStage\",\"time\":5,\"executorId\":\"3\",\"taskFailures\":2,\"stageId\":7,\"stageAttemptId\":1}}"),
            strict: true);
    }

    [LogFact]
    public void A_Kafka_sources_offsets_and_lag_are_read_as_text_or_as_json()
    {
        var progress = Assert.IsType<QueryProgress>(Read("""
            {"Event":"org.apache.spark.sql.streaming.StreamingQueryListener$QueryProgressEvent","progress":{"id":"a","runId":"b","batchId":3,
            "sources":[{"description":"KafkaV2[Subscribe[t]]","startOffset":null,"endOffset":{"t":{"0":5,"1":[]}},"latestOffset":"{\"t\":{\"0\":6}}",
            "numInputRows":2,"inputRowsPerSecond":"NaN","processedRowsPerSecond":1.5,"metrics":{"avgOffsetsBehindLatest":"1.0","maxOffsetsBehindLatest":"1"}}]}}
            """));

        Assert.Equal(
            [new StreamSource("KafkaV2[Subscribe[t]]", 2, """{"t":{"0":5,"1":[]}}""", """{"t":{"0":6}}""", 1.5, 1)],
            progress.Sources);
    }

    private static SparkEvent? Read(string line)
    {
        new EventReader().Read(System.Text.Encoding.UTF8.GetBytes(line), out var e);
        return e;
    }

    private static SortedDictionary<TaskMetric, long> Metrics(TaskMetrics metrics) =>
        new(Enum.GetValues<TaskMetric>().Where(metrics.Has).ToDictionary(m => m, m => metrics[m]));
}
