using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Tracing;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>Keeps copies of the spans; waits in each write while it is held.</summary>
internal sealed class TestSink : ISpanSink
{
    private readonly Lock gate = new();
    private readonly List<TestSpan> spans = [];
    private volatile TaskCompletionSource released = new();

    public TestSink() => released.SetResult();

    /// <summary>Thrown by each write.</summary>
    public Exception? Failure { get; set; }

    /// <summary>A write waits.</summary>
    public bool IsWaiting { get; private set; }

    public IReadOnlyList<TestSpan> Spans
    {
        get
        {
            lock (gate)
                return [.. spans];
        }
    }

    public IReadOnlyList<TestSpan> Markers => [.. Spans.Where(IsMarker)];

    /// <summary>All but markers, each as a text that covers all it has, in a fixed order.</summary>
    public IReadOnlyList<string> Texts => TextsOf(Spans.Where(span => !IsMarker(span)));

    public static IReadOnlyList<string> TextsOf(IEnumerable<TestSpan> spans) => [.. spans.Select(Text).Order(StringComparer.Ordinal)];

    public void Hold() => released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => released.TrySetResult();

    public async ValueTask WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        if (Failure is { } failure)
            throw failure;
        IsWaiting = !released.Task.IsCompleted;
        await released.Task.WaitAsync(cancellationToken);
        IsWaiting = false;
        lock (gate)
            spans.AddRange(Trace.SpansOf(batch));
        batch.Return();
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool IsMarker(TestSpan span) => span[SparkAttributes.Marker] is true;

    private static string Text(TestSpan span) => string.Join("; ",
        $"{span.Name} {span.Id} in {span.Trace} below {span.Parent} {span.ParentIsRemote} {span.Kind} {span.Status} {span.StatusMessage} {span.StartMs}..{span.EndMs}",
        Text(span.Attributes),
        string.Join(" ", span.Events.Select(e => $"! {e.Name} {e.TimeMs} {Text(e.Attributes)}")),
        string.Join(" ", span.Links.Select(link => $"> {link.Trace} {link.Id} {Text(link.Attributes)}")));

    private static string Text(IEnumerable<KeyValuePair<string, object>> attributes) =>
        string.Join(", ", attributes.Select(attribute => FormattableString.Invariant(
            $"{attribute.Key}={attribute.Value switch { string[] list => string.Join('|', list), long[] list => string.Join('|', list), var one => one }}")));
}
