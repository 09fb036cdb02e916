namespace SparkObs.Spark.Tests.Cli;

/// <summary>Recorded logs, from the file to the screen.</summary>
public sealed class ReplayScreenTests
{
    [Theory]
    [InlineData("3.0.3-failures", 0)]
    [InlineData("3.5.3-failures", 0)]
    [InlineData("3.5.3-sql-aqe", 0)]
    [InlineData("3.5.3-streaming", 0)]
    [InlineData("4.3.0-connect", 0)]
    [InlineData("4.3.0-crashed", 4)]
    [InlineData("4.3.0-failures-fetch", 0)]
    [InlineData("4.3.0-sql-aqe-defaults", 0)]
    public async Task Replay_of_a_recorded_log_draws_its_tree(string log, int code)
    {
        var sparkobs = new CommandLine();
        Assert.Equal(code, await sparkobs.RunAsync("replay", CommandLine.Log(log)));
        Screens.Equal(log, sparkobs.Output);
    }

    [Fact]
    public async Task Replay_of_two_logs_draws_one_tree_after_the_other()
    {
        var (first, second, both) = (new CommandLine(), new CommandLine(), new CommandLine());
        await first.RunAsync("replay", CommandLine.Log("3.5.3-failures"));
        await second.RunAsync("replay", CommandLine.Log("3.0.3-failures"));
        Assert.Equal(0, await both.RunAsync("replay", CommandLine.Log("3.5.3-failures"), CommandLine.Log("3.0.3-failures")));
        Assert.Equal(first.Output + Environment.NewLine + second.Output, both.Output);
        Assert.Equal("", both.Error);
    }

    [Fact]
    public async Task Columns_set_the_width()
    {
        var sparkobs = new CommandLine { Variables = { ["COLUMNS"] = "80" } };
        await sparkobs.RunAsync("replay", CommandLine.Log("4.3.0-failures-fetch"));
        Screens.Equal("80-columns", sparkobs.Output);
        Assert.All(sparkobs.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }
}
