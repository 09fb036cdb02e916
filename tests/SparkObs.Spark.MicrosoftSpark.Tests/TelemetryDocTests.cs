using Microsoft.Spark.Sql.Streaming;

namespace SparkObs.Spark.Tests;

/// <summary>docs/telemetry.md has the spans of .NET programs as they are.</summary>
public class TelemetryDocTests
{
    [Fact]
    public void Attributes_are_those_that_are_emitted()
    {
        using var listening = new Listening();
        using var jvm = new FakeJvm();
        Plugin.Notice = text => Assert.Fail(text);
        jvm.Session.Trace(() => { });
        new DataStreamWriter().TraceForeachBatch((_, _) => { }).Callback!(jvm.Frame, 4);
        var emitted = listening.Ended.Select(activity => string.Join(", ", activity.TagObjects.Select(tag => tag.Key))).ToList();

        var rows = File.ReadLines(Repository.PathOf("docs", "telemetry.md"))
            .SkipWhile(line => line != "| span in .NET | name | parent | attributes |").Skip(2).TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Trim('|', ' ').Split(" | ")).ToList();

        Assert.Equal(["action", "foreach batch", "UDF"], rows.Select(row => row[0]));
        // What a worker sends is in SparkObsTaskTests.
        Assert.Equal(emitted.Append("spark.task.id"), rows.Select(row => row[3].Replace("`", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal)));
        Assert.StartsWith($"`{listening.Ended.Last().OperationName}`", rows[1][1], StringComparison.Ordinal);
    }
}
