using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

public class FailureScenarioTests
{
    [Theory]
    [InlineData("Job 5 cancelled part of cancelled job group g")]
    [InlineData("Job 5 cancelled part of cancelled job tags t")]
    [InlineData("Job 5 cancelled as part of cancellation of all jobs")]
    [InlineData("Job 5 cancelled ")]
    [InlineData("Job 5 cancelled because Stage 3 was cancelled")]
    [InlineData("Job 5 cancelled because killed via the Web UI")]
    [InlineData("Job 5 cancelled because SparkContext was shut down")]
    [InlineData("[SPARK_JOB_CANCELLED] Job 5 cancelled part of cancelled job group g SQLSTATE: XXKDA")]
    public void A_cancelled_job_is_cancelled_and_so_are_its_stage_and_query(string text)
    {
        foreach (var span in Spans(text, text))
        {
            Assert.Equal((SpanStatus.Error, text.Trim(), "cancelled"), (span.Status, span.StatusMessage, span[SparkAttributes.ErrorType]));
            Assert.Empty(span.Events);
        }
    }

    [Fact]
    public void A_stage_of_a_context_that_was_shut_down_is_cancelled() =>
        Assert.All(Spans("Job 5 cancelled because SparkContext was shut down", "Stage cancelled because SparkContext was shut down"), span => Assert.Equal("cancelled", span[SparkAttributes.ErrorType]));

    [Theory]
    [InlineData("Job aborted due to stage failure: Task 0 in stage 0.0 failed 1 times, most recent failure: Lost task 0.0 in stage 0.0 (TID 0) (host executor 1): java.lang.ArithmeticException: / by zero\n\tat A.b(A.java:1)", "java.lang.ArithmeticException: / by zero", "java.lang.ArithmeticException")]
    [InlineData("Job aborted due to stage failure: Job 5 cancelled by my own code", "Job 5 cancelled by my own code", "failed")]
    [InlineData("[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012\n== DataFrame ==", "[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012", "DIVIDE_BY_ZERO")]
    [InlineData("The Job 5 cancelled order was not found", "The Job 5 cancelled order was not found", "failed")]
    public void A_failed_job_shows_its_cause(string text, string cause, string type)
    {
        foreach (var span in Spans(text, text))
        {
            Assert.Equal((SpanStatus.Error, cause, type), (span.Status, span.StatusMessage, span[SparkAttributes.ErrorType]));
            Assert.Equal([new("exception.type", type), new("exception.message", text.Split("\n\tat ")[0])], Assert.Single(span.Events).Attributes.Where(attribute => attribute.Key != "exception.stacktrace"));
        }
    }

    [Fact]
    public void An_interruption_in_a_query_whose_job_was_cancelled_is_a_cancellation()
    {
        var spans = Trace.OfEvents([
            .. Some.Start(), Some.Sql(0, 10), Some.Job(5, 20, [], new JobProperties { ExecutionId = 0 }), Some.JobEnd(5, 30, "Job 5 cancelled because SparkContext was shut down"),
            Some.SqlEnd(0, 40, "java.lang.InterruptedException\n\tat java.lang.Object.wait(Native Method)"), Some.End()]).Spans;
        Assert.Equal("cancelled", spans.Single(span => span.Is(SpanNames.Sql))[SparkAttributes.ErrorType]);
    }

    /// <summary>The job, its stage and its query.</summary>
    private static IEnumerable<TestSpan> Spans(string text, string stageText)
    {
        var stage = Some.Stage(0);
        var trace = Trace.OfEvents([
            .. Some.Start(), Some.Sql(0, 10), Some.Job(5, 20, [stage], new JobProperties { ExecutionId = 0 }), Some.Submitted(stage, 21), Some.Completed(stage, 21, 29, stageText),
            Some.JobEnd(5, 30, text), Some.SqlEnd(0, 40, text), Some.End()]);
        TraceRules.AssertHold(trace);
        Assert.Equal(SpanStatus.Unset, trace.Application.Status);
        return trace.Spans.Where(span => span.Name != SpanNames.Application);
    }
}
