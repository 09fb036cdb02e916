using System.Text;
using System.Text.Json;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tests.Bridge;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>A builder that goes on from a state does what the one would have done that wrote it.</summary>
public class StateTests
{
    public static TheoryData<string> Workloads => LiveReplayTests.Workloads;

    [LogTheory]
    [MemberData(nameof(Workloads))]
    public void Builder_that_is_replaced_anywhere_makes_the_same_spans(string workload)
    {
        var events = RecordedEvents.Of(workload);
        var expected = TestSink.TextsOf(Trace.OfEvents(events).Spans);
        var random = new Random(workload.Length);
        for (var run = 0; run < 3; run++)
        {
            var cuts = Enumerable.Range(0, 1 + random.Next(6)).Select(_ => random.Next(events.Count)).ToHashSet();
            Assert.Equal(expected, Fold(events, i => cuts.Contains(i), new TraceOptions()));
        }
    }

    /// <summary>Limits so small that each of them is met.</summary>
    [LogTheory]
    [InlineData("3.5.3/many-tasks")]
    [InlineData("3.5.3/failures")]
    [InlineData("4.3.0/failures-fetch")]
    public void Selection_goes_on_where_it_was(string workload)
    {
        var options = new TraceOptions { Selection = new TaskSelectionLimits { WholeStage = 5, NotableOfStage = 3, SlowestOfStage = 4, TasksOfTrace = 20 } };
        var events = RecordedEvents.Of(workload);
        Assert.Equal(TestSink.TextsOf(Trace.OfEvents(events, options).Spans), Fold(events, i => i % 37 == 3, options));
    }

    /// <summary>In orders that Spark does not write, with what never ends.</summary>
    [LogTheory]
    [InlineData("3.5.3/failures")]
    [InlineData("3.5.3/streaming")]
    [InlineData("4.3.0/connect")]
    [InlineData("4.3.0/sql-aqe")]
    public void Order_does_not_matter(string workload)
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var random = new Random(seed);
            var recorded = RecordedEvents.Of(workload);
            var events = recorded.Select((e, i) => (e, At: i + (random.NextDouble() * 40))).OrderBy(e => e.At).Select(e => e.e).Where(_ => random.Next(20) > 0).ToList();
            Assert.Equal(TestSink.TextsOf(Trace.OfEvents(events).Spans), Fold(events, _ => random.Next(25) == 0, new TraceOptions()));
        }
    }

    [Fact]
    public void What_is_no_state_is_refused()
    {
        foreach (var text in new[] { "{\"$\":0,\"application\":7}", "{\"$\":0,\"application\":{\"$\":1,\"notes\":{}}}", "{\"application\":{\"$\":1,\"@\":\"System.String\"}}", "[]" })
        {
            var builder = new TraceBuilder(new TraceOptions(), new SpanBatchPool());
            foreach (var e in Some.Start())
                builder.Add(e);
            Assert.ThrowsAny<JsonException>(() => builder.Add(new JournalState { Builder = Encoding.UTF8.GetBytes(text), Ledger = default }));
            builder.Complete();
            Assert.Equal(1, builder.TakeBatch()!.Count);
        }
    }

    private static IReadOnlyList<string> Fold(IReadOnlyList<SparkEvent> events, Func<int, bool> replaceAfter, TraceOptions options)
    {
        var builder = new TraceBuilder(options, new SpanBatchPool());
        var spans = new List<TestSpan>();
        for (var i = 0; i < events.Count; i++)
        {
            builder.Add(events[i]);
            Take();
            if (replaceAfter(i))
                builder = Replaced(builder, options);
        }
        builder.Complete();
        Take();
        return TestSink.TextsOf(spans);

        void Take()
        {
            if (builder.TakeBatch() is { } batch)
                spans.AddRange(Trace.SpansOf(batch));
        }
    }

    private static TraceBuilder Replaced(TraceBuilder builder, TraceOptions options)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            builder.WriteState(writer);
        var replaced = new TraceBuilder(options, new SpanBatchPool());
        replaced.Add(new JournalState { Builder = stream.ToArray(), Ledger = default });
        return replaced;
    }
}
