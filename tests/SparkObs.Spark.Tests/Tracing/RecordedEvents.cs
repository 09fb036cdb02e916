using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>The events of a recorded log, read once, to be played in any order.</summary>
internal static class RecordedEvents
{
    public static IReadOnlyList<SparkEvent> Of(string workload)
    {
        var reader = new EventReader();
        var events = new List<SparkEvent>();
        foreach (var line in TestLogs.Lines(workload))
        {
            if (reader.Read(line, out var e) == LineOutcome.Event)
                events.Add(Kept(e!));
        }
        return events;
    }

    /// <summary>Those of tasks are only lent.</summary>
    private static SparkEvent Kept(SparkEvent e) => e switch
    {
        TaskEnd end => end.Copy(),
        TaskStart start => new TaskStart { StageId = start.StageId, StageAttempt = start.StageAttempt, Task = start.Task },
        _ => e,
    };
}
