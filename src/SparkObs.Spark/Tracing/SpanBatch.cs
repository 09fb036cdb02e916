namespace SparkObs.Spark.Tracing;

/// <summary>
/// Finished spans of one application, with their attributes, events and links in shared buffers: a batch in steady state
/// costs no allocation. Who takes a batch owns it, and gives it back with <see cref="Return"/> once it is encoded.
/// Writing: <see cref="Begin"/>, attributes, then events and links each with their own attributes, <see cref="End"/>.
/// </summary>
internal sealed class SpanBatch(SpanBatchPool? pool = null)
{
    private SpanRecord[] spans = new SpanRecord[64];
    private SpanAttribute[] attributes = new SpanAttribute[1024];
    private SpanEvent[] events = [];
    private SpanLink[] links = [];
    private int attributeCount;
    private int eventCount;
    private int linkCount;
    private Part part;

    private enum Part : byte { Span, Event, Link }

    /// <summary>What holds for the whole application; set before the batch is handed on.</summary>
    public SpanResource Resource { get; set; } = SpanResource.Empty;

    public int Count { get; private set; }

    /// <summary>
    /// Called once, from any thread, when nobody needs the spans any more: every one of them is confirmed, refused for good, or kept
    /// where it outlives this process. A sink that has them only in memory takes it off the batch (<see cref="TakeSettled"/>) before
    /// it returns the batch; else <see cref="Return"/> calls it. Never called for spans that were given up.
    /// </summary>
    public Action? Settled { private get; set; }

    public ReadOnlySpan<SpanRecord> Spans => spans.AsSpan(0, Count);

    public ReadOnlySpan<SpanAttribute> Attributes(in SpanRecord span) => attributes.AsSpan(span.AttributeStart, span.AttributeCount);

    public ReadOnlySpan<SpanAttribute> Attributes(in SpanEvent e) => attributes.AsSpan(e.AttributeStart, e.AttributeCount);

    public ReadOnlySpan<SpanAttribute> Attributes(in SpanLink link) => attributes.AsSpan(link.AttributeStart, link.AttributeCount);

    public ReadOnlySpan<SpanEvent> Events(in SpanRecord span) => events.AsSpan(span.EventStart, span.EventCount);

    public ReadOnlySpan<SpanLink> Links(in SpanRecord span) => links.AsSpan(span.LinkStart, span.LinkCount);

    /// <summary>Starts a span; the fields of the answer may be set until <see cref="End"/>.</summary>
    public ref SpanRecord Begin(string name, TraceId trace, SpanId id, SpanId parent, long startMs, long endMs)
    {
        if (Count == spans.Length)
            Array.Resize(ref spans, spans.Length * 2);
        ref var span = ref spans[Count];
        span = new SpanRecord
        {
            Name = name,
            Trace = trace,
            Id = id,
            Parent = parent,
            Kind = SpanKind.Internal,
            StartMs = startMs,
            EndMs = Math.Max(startMs, endMs),
            AttributeStart = attributeCount,
            EventStart = eventCount,
            LinkStart = linkCount,
        };
        part = Part.Span;
        return ref span;
    }

    /// <summary>The span being written.</summary>
    public ref SpanRecord Current => ref spans[Count];

    /// <summary>Adds an attribute to the span, event or link that was begun last.</summary>
    public void Set(in SpanAttribute attribute)
    {
        if (attributeCount == attributes.Length)
            Array.Resize(ref attributes, attributes.Length * 2);
        attributes[attributeCount++] = attribute;
        switch (part)
        {
            case Part.Span: spans[Count].AttributeCount++; break;
            case Part.Event: events[eventCount - 1].AttributeCount++; break;
            case Part.Link: links[linkCount - 1].AttributeCount++; break;
        }
    }

    public void Set(AttributeKey key, string? value)
    {
        if (value is not null)
            Set(new SpanAttribute(key, value));
    }

    public void Set(AttributeKey key, long value) => Set(new SpanAttribute(key, value));

    public void Set(AttributeKey key, double value) => Set(new SpanAttribute(key, value));

    public void Set(AttributeKey key, bool value) => Set(new SpanAttribute(key, value));

    public void Set(AttributeKey key, string[] value) => Set(new SpanAttribute(key, value));

    public void Set(AttributeKey key, long[] value) => Set(new SpanAttribute(key, value));

    /// <summary>Adds an event to the span being written; <c>Set</c> now means the event.</summary>
    public void AddEvent(string name, long timeMs)
    {
        if (eventCount == events.Length)
            Array.Resize(ref events, Math.Max(16, events.Length * 2));
        events[eventCount++] = new SpanEvent { Name = name, TimeMs = timeMs, AttributeStart = attributeCount };
        spans[Count].EventCount++;
        part = Part.Event;
    }

    /// <summary>Adds a link to the span being written; <c>Set</c> now means the link.</summary>
    public void AddLink(TraceId trace, SpanId id)
    {
        if (linkCount == links.Length)
            Array.Resize(ref links, Math.Max(16, links.Length * 2));
        links[linkCount++] = new SpanLink { Trace = trace, Id = id, AttributeStart = attributeCount };
        spans[Count].LinkCount++;
        part = Part.Link;
    }

    /// <summary>Ends the span being written: from now on it counts.</summary>
    public void End() => Count++;

    /// <summary>From now on the caller has to call it.</summary>
    public Action? TakeSettled()
    {
        var settled = Settled;
        Settled = null;
        return settled;
    }

    /// <summary>Gives the buffers back; the batch must not be touched afterwards.</summary>
    public void Return()
    {
        var settled = TakeSettled();
        Array.Clear(attributes, 0, attributeCount);
        Array.Clear(spans, 0, Count);
        Array.Clear(events, 0, eventCount);
        Count = attributeCount = eventCount = linkCount = 0;
        Resource = SpanResource.Empty;
        pool?.Put(this);
        settled?.Invoke();
    }
}
