using System.Diagnostics;
using Microsoft.Spark.Sql.Streaming;

namespace SparkObs.Spark.Tests;

public sealed class ForeachBatchTests : IDisposable
{
    private readonly FakeJvm jvm = new();

    public ForeachBatchTests() => Plugin.Notice = text => Assert.Fail(text);

    public void Dispose() => jvm.Dispose();

    [Fact]
    public void The_delegate_runs_below_its_batch()
    {
        using var listening = new Listening();
        List<string?> seen = [];
        var writer = new DataStreamWriter();

        Assert.Same(writer, writer.TraceForeachBatch((frame, id) =>
        {
            seen.Add($"{frame.Reference.Id} {id}");
            seen.Add(jvm.RunJob());
            seen.Add(Activity.Current?.OperationName);
        }));
        writer.Callback!(jvm.Frame, 4);

        Assert.Equal(["frame 4", "batch 4", "foreach batch"], seen);
        Assert.Equal(["Utils.classIsLoadable(io.sparkobs.CallerScope)", "BatchScope.enter(frame,4)", "ThreadScope.leave(1)"], jvm.Calls);
        Assert.Null(jvm.RunJob());
        var span = Assert.Single(listening.Ended);
        Assert.Equal(FakeJvm.Batch[..^3], $"00-{span.TraceId}-{span.ParentSpanId}");
        Assert.True(span.HasRemoteParent);
        Assert.Equal([new("spark.streaming.batch.id", 4L)], span.TagObjects);
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
    }

    [Fact]
    public void Its_exception_is_told_and_reaches_the_stream()
    {
        using var listening = new Listening();
        var writer = new DataStreamWriter().TraceForeachBatch((_, _) => throw new InvalidDataException("bad row"), "load");

        Assert.Throws<InvalidDataException>(() => writer.Callback!(jvm.Frame, 0));

        var span = Assert.Single(listening.Ended);
        Assert.Equal(("load", ActivityStatusCode.Error, "bad row"), (span.OperationName, span.Status, span.StatusDescription));
        Assert.Null(jvm.RunJob());
    }

    [Fact]
    public void Without_the_jar_the_delegate_runs_all_the_same()
    {
        List<string> notices = [];
        Plugin.Notice = notices.Add;
        jvm.Classes.Clear();
        var ran = 0;
        var writer = new DataStreamWriter().TraceForeachBatch((_, _) => ran++);
        writer.Callback!(jvm.Frame, 0);
        writer.Callback!(jvm.Frame, 1);
        Assert.Equal(2, ran);
        Assert.Single(notices);
    }
}
