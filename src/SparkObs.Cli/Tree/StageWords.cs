namespace SparkObs.Cli.Tree;

/// <summary>A stage's numbers as words, and a node's facts.</summary>
internal static class StageWords
{
    /// <summary>The short facts behind the bar, most telling first.</summary>
    public static List<string> Facts(TreeNode node) => node.Stage is { } stage ? StageFacts(stage) : [.. node.Facts];

    /// <summary>What is wrong with the stage's performance.</summary>
    public static List<string> Warnings(StageFacts stage)
    {
        var warnings = new List<string>();
        if (stage.Skewed)
            warnings.Add(Skew(stage));
        if (stage.Spilled)
            warnings.Add(Spill(stage));
        if (stage.GcShare is { } gc)
            warnings.Add($"GC {Human.Percent(gc)} of run time");
        if (stage.FetchWaitShare is { } wait)
            warnings.Add($"waiting for shuffle data {Human.Percent(wait)} of run time");
        if (stage.SchedulerDelayShare is { } delay)
            warnings.Add($"scheduler delay {Human.Percent(delay)}");
        return warnings;
    }

    private static string Skew(StageFacts stage) => $"skew {Human.Ratio(stage.SkewRatio ?? 1)}: "
        + $"longest task {Human.Duration(stage.LongestTaskMs ?? 0)}, median {Human.Duration(stage.MedianTaskMs ?? 0)}";

    private static string Spill(StageFacts stage) =>
        $"spilled {Human.Bytes(stage.MemorySpilled)} from memory, {Human.Bytes(stage.DiskSpilled)} to disk";

    public static string Task(TaskNote task) =>
        $"task {task.Id} (index {task.Index}{(task.Attempt > 0 ? $", attempt {task.Attempt}" : "")}) {Human.Duration(task.DurationMs)}"
        + (task.Executor is { } executor ? $" on executor {ScreenText.OneLine(executor)}" : "");

    /// <summary><c>S3 184 calls 3.2 s</c>, then the slowest of all.</summary>
    public static List<string> Calls(CallNotes calls)
    {
        var words = calls.Costs.Select(cost => $"{ScreenText.OneLine(cost.System)} {Human.Count(cost.Count, "call")} {Human.Duration(cost.Ms)}{Part(cost.Failed, "failed")}").ToList();
        words.Add($"slowest {Human.Duration(calls.SlowestMs)}: {ScreenText.OneLine(calls.Slowest)}");
        return words;
    }

    private static List<string> StageFacts(StageFacts stage)
    {
        var facts = new List<string> { Tasks(stage) };
        if (stage.Input > 0)
            facts.Add($"read {Human.Bytes(stage.Input)}");
        if (stage.ShuffleRead > 0)
            facts.Add($"shuffle in {Human.Bytes(stage.ShuffleRead)}");
        if (stage.ShuffleWritten > 0)
            facts.Add($"shuffle out {Human.Bytes(stage.ShuffleWritten)}");
        if (stage.Output > 0)
            facts.Add($"wrote {Human.Bytes(stage.Output)}");
        return facts;
    }

    private static string Tasks(StageFacts stage) =>
        Human.Count(stage.Tasks, "task") + Part(stage.Failed, "failed") + Part(stage.Killed, "killed") + Part(stage.Unfinished, "unfinished");

    private static string Part(long count, string what) => count > 0 ? $", {Human.Count(count)} {what}" : "";
}
