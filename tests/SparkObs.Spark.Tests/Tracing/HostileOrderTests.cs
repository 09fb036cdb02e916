using System.Globalization;
using System.Text;
using CsCheck;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>Logs that were cut, that lost lines or got them twice, or whose threads' lines came in another order.</summary>
public class HostileOrderTests
{
    /// <summary>Of one event: a task and its two shuffles, and the stage that nothing told of; a job, its batch and its operation.</summary>
    private const int SpansOfAnEvent = 4;

    public static TheoryData<string> Workloads =>
    [
        "3.0.3/failures", "3.0.3/streaming", "3.0.3/sql-aqe", "3.3.4/failures", "3.4.4/sql-aqe", "3.5.3/failures", "3.5.3/failures-speculation",
        "3.5.3/python-udf", "3.5.3/rdd-core", "3.5.3/streaming", "3.5.3/dynamic", "4.3.0/connect", "4.3.0/failures", "4.3.0/failures-fetch",
        "4.3.0/streaming", "4.3.0/sql-aqe",
    ];

    [LogTheory]
    [MemberData(nameof(Workloads))]
    public void A_log_cut_at_any_byte_keeps_the_rules(string workload)
    {
        var text = File.ReadAllBytes(TestLogs.Workload(workload));
        Gen.Int[0, text.Length].Sample(cut =>
        {
            var lines = new List<ReadOnlyMemory<byte>>();
            for (var start = 0; start < cut;)
            {
                var length = text.AsSpan(start, cut - start).IndexOf((byte)'\n');
                length = length < 0 ? cut - start : length;
                lines.Add(text.AsMemory(start, length));
                start += length + 1;
            }
            AssertRules(Trace.OfLines(lines), lines.Count);
        }, iter: 15, threads: 1);
    }

    [LogTheory]
    [MemberData(nameof(Workloads))]
    public void A_log_without_any_of_its_lines_keeps_the_rules(string workload)
    {
        var events = RecordedEvents.Of(workload);
        // From single lines to most of them.
        Gen.Select(Gen.Int, Gen.Int[1, 99]).Sample((seed, percent) =>
        {
            var random = new Random(seed);
            var kept = events.Where(_ => random.Next(100) >= percent).ToList();
            AssertRules(Trace.OfEvents(kept), kept.Count);
        }, iter: 40, threads: 1);
    }

    [LogTheory]
    [MemberData(nameof(Workloads))]
    public void A_log_without_all_lines_of_some_kinds_keeps_the_rules(string workload)
    {
        var events = RecordedEvents.Of(workload);
        var kinds = events.Select(e => e.GetType()).Distinct().ToArray();
        Gen.Int[1, (1 << kinds.Length) - 1].Sample(lost =>
        {
            var kept = events.Where(e => (lost & (1 << Array.IndexOf(kinds, e.GetType()))) == 0).ToList();
            AssertRules(Trace.OfEvents(kept), kept.Count);
        }, iter: 40, threads: 1);
    }

    [LogTheory]
    [MemberData(nameof(Workloads))]
    public void Lines_told_again_make_no_span_twice(string workload)
    {
        var events = RecordedEvents.Of(workload);
        Gen.Select(Gen.Int[0, events.Count - 1], Gen.Int[0, 100], Gen.Int[1, 50]).Array[1, 20].Sample(repeats =>
        {
            var again = events.ToList();
            foreach (var (from, later, count) in repeats.OrderByDescending(repeat => repeat.Item1 + repeat.Item2 + repeat.Item3))
                again.InsertRange(Math.Min(events.Count, from + count + later), events.Skip(from).Take(count));
            var trace = Trace.OfEvents(again);
            AssertRules(trace, again.Count);
            Assert.Equal(Ids(Trace.OfEvents(events)), Ids(trace));
        }, iter: 15, threads: 1);
    }

    [LogTheory]
    [MemberData(nameof(Workloads))]
    public void Lines_in_any_order_keep_the_rules(string workload)
    {
        var events = RecordedEvents.Of(workload);
        Gen.Select(Gen.Int[0, events.Count - 1], Gen.Int[1, 30]).Array[1, 100].Sample(moves =>
        {
            var moved = events.ToList();
            foreach (var (from, distance) in moves)
            {
                var e = moved[from];
                moved.RemoveAt(from);
                moved.Insert(Math.Min(moved.Count, from + distance), e);
            }
            AssertRules(Trace.OfEvents(moved), moved.Count);
        }, iter: 30, threads: 1);
    }

    /// <summary>What runs at the same time in two of Spark's threads may be told in either order: the spans are the same.</summary>
    [LogTheory]
    [MemberData(nameof(Workloads))]
    public void Lines_of_different_threads_may_swap(string workload)
    {
        var events = RecordedEvents.Of(workload);
        var expected = Content(Trace.OfEvents(events));
        Gen.Select(Gen.Int, Gen.Int[1, 50]).Sample((seed, passes) =>
        {
            var random = new Random(seed);
            var swapped = events.ToList();
            for (var pass = 0; pass < passes; pass++)
            {
                for (var i = 1; i < swapped.Count; i++)
                {
                    if (random.Next(2) == 0 && MaySwap(swapped[i - 1], swapped[i]))
                        (swapped[i - 1], swapped[i]) = (swapped[i], swapped[i - 1]);
                }
            }
            Assert.Equal(expected, Content(Trace.OfEvents(swapped)));
        }, iter: 15, threads: 1);
    }

    private static bool MaySwap(SparkEvent first, SparkEvent second) => Concurrent(first, second) || Concurrent(second, first);

    private static bool Concurrent(SparkEvent one, SparkEvent other) => (one, other) switch
    {
        (SqlExecutionEnd, JobEnd or TaskEnd or StageCompleted) => true,
        (DriverAccumUpdates, TaskStart or TaskEnd or StageSubmitted or StageCompleted or JobEnd) => true,
        (SqlPlanUpdate, TaskStart or TaskEnd) => true,
        (QueryProgress or QueryTerminated, JobEnd or TaskEnd or StageCompleted) => true,
        (ConnectOperation, TaskStart or TaskEnd or StageSubmitted or StageCompleted or JobEnd) => true,
        (TaskEnd a, TaskStart b) => a.StageId != b.StageId,
        (TaskEnd a, TaskEnd b) => a.StageId != b.StageId,
        (TaskEnd a, StageSubmitted b) => a.StageId != b.Stage.StageId && !b.Stage.ParentIds.Contains(a.StageId),
        (TaskEnd a, StageCompleted b) => a.StageId != b.Stage.StageId,
        (ExecutorRemoved, TaskStart or TaskEnd or StageCompleted) => true,
        _ => false,
    };

    private static void AssertRules(Trace trace, int events)
    {
        TraceRules.AssertHold(trace);
        Assert.InRange(trace.Spans.Count, 0, 1 + (SpansOfAnEvent * events));
    }

    private static List<string> Ids(Trace trace) => [.. trace.Spans.Select(span => $"{span.Name} {span.Id}").Order(StringComparer.Ordinal)];

    /// <summary>All of each span that does not tell how it was observed.</summary>
    private static List<string> Content(Trace trace) => [.. trace.Spans.Select(ContentOf).Order(StringComparer.Ordinal)];

    private static string ContentOf(TestSpan span)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{span.Name} {span.Trace} {span.Id} {span.Parent} {span.ParentIsRemote} {span.Kind} {span.Status} {span.StatusMessage} {span.StartMs} {span.EndMs}");
        Append(text, span.Attributes.Where(attribute => attribute.Key == SparkAttributes.Incomplete.Name || !attribute.Key.StartsWith("sparkobs.", StringComparison.Ordinal)));
        foreach (var e in span.Events)
            Append(text.Append(CultureInfo.InvariantCulture, $" ! {e.Name} {e.TimeMs}"), e.Attributes);
        foreach (var link in span.Links)
            Append(text.Append(CultureInfo.InvariantCulture, $" > {link.Trace} {link.Id}"), link.Attributes);
        return text.ToString();
    }

    private static void Append(StringBuilder text, IEnumerable<KeyValuePair<string, object>> attributes)
    {
        foreach (var (key, value) in attributes)
            text.Append(CultureInfo.InvariantCulture, $" {key}={(value is string[] list ? string.Join('|', list) : value)}");
    }
}
