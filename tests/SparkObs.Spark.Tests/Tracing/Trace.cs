using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>A span out of its batch, for tests to look at.</summary>
internal sealed record TestSpan(
    TraceId Trace, SpanId Id, SpanId Parent, bool ParentIsRemote, string Name, SpanKind Kind, SpanStatus Status, string? StatusMessage,
    long StartMs, long EndMs, IReadOnlyList<KeyValuePair<string, object>> Attributes, IReadOnlyList<TestSpanEvent> Events,
    IReadOnlyList<TestSpanLink> Links)
{
    /// <summary>What comes on top of the milliseconds.</summary>
    public (int Start, int End) Nanos { get; init; }

    public object? this[AttributeKey key] => Attributes.FirstOrDefault(attribute => attribute.Key == key.Name).Value;

    public bool Is(string kind) => Name == kind || Name.StartsWith(kind + " ", StringComparison.Ordinal);
}

internal sealed record TestSpanEvent(string Name, long TimeMs, IReadOnlyList<KeyValuePair<string, object>> Attributes);

internal sealed record TestSpanLink(TraceId Trace, SpanId Id, IReadOnlyList<KeyValuePair<string, object>> Attributes);

/// <summary>All spans of one application, and how the builder counted.</summary>
internal sealed class Trace : IEventHandler
{
    private readonly TraceBuilder builder;
    private readonly List<TestSpan> spans = [];

    private Trace(TraceOptions options) => builder = new TraceBuilder(options, new SpanBatchPool());

    public IReadOnlyList<TestSpan> Spans => spans;

    public TraceCounters Counters => builder.Counters;

    public IReadOnlyList<KeyValuePair<string, object>> Resource { get; private set; } = [];

    public TestSpan Application => spans.Single(span => span.Name == SpanNames.Application);

    public static TraceOptions AllTasks { get; } = new() { Selection = TaskSelectionLimits.Unlimited };

    /// <summary>The trace of a recorded log, as <c>sparkobs replay</c> makes it.</summary>
    public static async Task<Trace> OfLogAsync(string path, TraceOptions? options = null)
    {
        var log = (await EventLogFinder.FindAsync(path, CancellationToken.None)).Logs.Single();
        return await OfLogAsync(log, options);
    }

    public static Task<Trace> OfStreamAsync(Stream input) => OfLogAsync(EventLog.FromStream("input", input), null);

    private static async Task<Trace> OfLogAsync(EventLog log, TraceOptions? options)
    {
        var trace = new Trace(options ?? new TraceOptions());
        var reader = new EventLogReader(log);
        await reader.ReadAsync(trace, CancellationToken.None);
        trace.builder.SourceIncomplete = log.CompactedAway || reader.Truncated is not null;
        trace.Complete();
        return trace;
    }

    public static Trace OfLines(IEnumerable<ReadOnlyMemory<byte>> lines, TraceOptions? options = null)
    {
        var trace = new Trace(options ?? new TraceOptions());
        var reader = new EventReader();
        foreach (var line in lines)
        {
            if (reader.Read(line.Span, out var e) == LineOutcome.Event)
                trace.OnEvent(e!);
        }
        trace.Complete();
        return trace;
    }

    public static Trace OfEvents(IEnumerable<SparkEvent> events, TraceOptions? options = null, bool sourceIncomplete = false)
    {
        var trace = new Trace(options ?? new TraceOptions());
        trace.builder.SourceIncomplete = sourceIncomplete;
        foreach (var e in events)
            trace.OnEvent(e);
        trace.Complete();
        return trace;
    }

    /// <summary>As the bridge makes it: with markers after the last event, and what is known of losses and of the process's end.</summary>
    public static Trace OfLiveEvents(IEnumerable<SparkEvent> events, long nowMs, int exitCode, EventTotals totals)
    {
        var trace = new Trace(new TraceOptions());
        foreach (var e in events)
            trace.OnEvent(e);
        trace.builder.WriteMarkers(nowMs);
        trace.builder.ExitCode = exitCode;
        trace.builder.EventTotals = totals;
        trace.Complete();
        return trace;
    }

    public void OnEvent(SparkEvent e)
    {
        builder.Add(e);
        Take();
    }

    public void OnUnreadable(long line, string problem) { }

    public ValueTask OnPauseAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private void Complete()
    {
        builder.Complete();
        Take();
    }

    private void Take()
    {
        if (builder.TakeBatch() is not { } batch)
            return;
        Resource = Copy([.. batch.Resource.Attributes]);
        spans.AddRange(SpansOf(batch));
        batch.Return();
    }

    /// <summary>Copies of a batch's spans.</summary>
    public static List<TestSpan> SpansOf(SpanBatch batch)
    {
        var copies = new List<TestSpan>();
        foreach (ref readonly var span in batch.Spans)
        {
            var events = batch.Events(span).ToArray().Select(e => new TestSpanEvent(e.Name, e.TimeMs, Copy(batch.Attributes(e)))).ToList();
            var links = batch.Links(span).ToArray().Select(link => new TestSpanLink(link.Trace, link.Id, Copy(batch.Attributes(link)))).ToList();
            copies.Add(new TestSpan(
                span.Trace, span.Id, span.Parent, span.ParentIsRemote, span.Name, span.Kind, span.Status, span.StatusMessage,
                span.StartMs, span.EndMs, Copy(batch.Attributes(span)), events, links) { Nanos = (span.StartNanos, span.EndNanos) });
        }
        return copies;
    }

    public static List<KeyValuePair<string, object>> Copy(ReadOnlySpan<SpanAttribute> attributes)
    {
        var copy = new List<KeyValuePair<string, object>>();
        foreach (ref readonly var attribute in attributes)
        {
            copy.Add(new(attribute.Key.Name, attribute.Type switch
            {
                AttributeType.String => attribute.AsString,
                AttributeType.Int => attribute.AsInt,
                AttributeType.Double => attribute.AsDouble,
                AttributeType.Bool => attribute.AsBool,
                AttributeType.StringArray => attribute.AsStringArray,
                _ => attribute.AsIntArray,
            }));
        }
        return copy;
    }
}
