namespace SparkObs.Benchmarks;

/// <summary>
/// <c>generate</c>: an event log of as many tasks as wanted, out of a recorded one. What lies between the first and the last
/// job is repeated with new ids and later times, so that the result is one valid application with stages as large as
/// Spark's own. Lines are written as they are made: memory holds the recorded log once.
/// </summary>
internal static class EventLogGenerator
{
    public static int Run(string from, long tasks, string to)
    {
        var lines = File.ReadLines(from).Select(LineTemplate.Parse).ToList();
        var first = lines.FindIndex(l => l.Event is "SparkListenerJobStart" or SqlStart);
        var end = lines.FindIndex(l => l.Event == "SparkListenerApplicationEnd");
        var ends = end < 0 ? lines.Count : end;
        var body = lines[Math.Max(first, 0)..ends];
        long bodyTasks = body.Count(l => l.Event == "SparkListenerTaskEnd");
        if (first < 0 || bodyTasks == 0)
        {
            Console.Error.WriteLine($"{from}: an uncompressed event log with jobs and tasks is needed.");
            return 1;
        }

        var rounds = (tasks + bodyTasks - 1) / bodyTasks;
        var step = new long[LineTemplate.Kinds];
        foreach (var line in body)
            line.Extend(step);
        step[(int)NumberKind.Time] -= body.SelectMany(l => l.Times).Min();

        using var output = new FileStream(to, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        var shift = new long[LineTemplate.Kinds];
        foreach (var line in lines[..first])
            line.Write(output, shift);
        for (var round = 0L; round < rounds; round++)
        {
            for (var kind = 0; kind < shift.Length; kind++)
                shift[kind] = step[kind] * round;
            foreach (var line in body)
                line.Write(output, shift);
        }

        foreach (var line in lines[ends..])
            line.Write(output, shift);
        Console.WriteLine($"{to}: {rounds * bodyTasks} tasks in {rounds} rounds of {bodyTasks}, {output.Length / 1e6:F1} MB");
        return 0;
    }

    private const string SqlStart = "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart";
}
