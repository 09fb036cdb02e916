using System.Diagnostics;
using System.Text.RegularExpressions;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests;

/// <summary>Each workload of samples/loadtest.sh, as small as it gets: it ends as it should, and every task is in the traces.</summary>
public sealed partial class LoadTests
{
    [LiveTheory]
    [InlineData("small_jobs", 24, 2, 48)]
    [InlineData("huge_stage", 300, 1, 300)]
    [InlineData("jvm_pairs", 6, 1, 6)]
    [InlineData("sort", 6, 1, 6)]
    [InlineData("skew", 8, 1, 8)]
    [InlineData("stream", 6, 1, 6)]
    [InlineData("failing", 11, 1, 15)]
    [InlineData("tpch", 24, 1, 46)]
    [InlineData("s3_jdbc", 16, 1, 16)]
    public async Task Every_task_is_in_the_traces(string workload, int tasks, int applications, int expected)
    {
        var (exitCode, output, error) = await RunAsync(workload, "--tasks", $"{tasks}", "--apps", $"{applications}");

        Assert.True(exitCode == 0, error);
        var report = Report().Match(output);
        Assert.True(report.Success, output);
        Assert.Equal(
            (workload, $"{applications}", $"{expected}", $"{expected}", "0"),
            (report.Groups["name"].Value, report.Groups["apps"].Value, report.Groups["ran"].Value, report.Groups["traced"].Value, report.Groups["dropped"].Value));
        Assert.Equal(
            [$"round 1 without: {expected} tasks", $"round 1 with: {expected} tasks"],
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..line.LastIndexOf(" in ", StringComparison.Ordinal)]));
    }

    [LiveFact]
    public async Task Wrong_usage_is_one_line_with_what_is_right()
    {
        Assert.Equal((2, "", "samples/loadtest.sh: error: argument --tasks: 'many' is no number of 1 or more"), Last(await RunAsync("sort", "--tasks", "many")));
        Assert.Equal(
            (2, "", "loadtest: s3_jdbc needs --master local[...], or storage of your own: H2 is in the driver's memory"),
            Last(await RunAsync("s3_jdbc", "--master", "spark://nowhere:7077")));
        var (exitCode, output, _) = await RunAsync("--help");
        Assert.Equal(0, exitCode);
        Assert.All(Directory.GetFiles(Path.Combine(Folder, "workloads", "load")).Select(Path.GetFileNameWithoutExtension).Where(name => name != "figures"),
            name => Assert.Matches($@"(?m)^  {Words().Replace(name!, "_").ToLowerInvariant()} +[A-Z].*\.$", output));
    }

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Words();

    private static string Folder => Path.Combine(Toolbox.Repository, "samples");

    private static (int ExitCode, string Output, string Error) Last((int ExitCode, string Output, string Error) run) =>
        (run.ExitCode, run.Output, run.Error.TrimEnd().Split('\n')[^1]);

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Folder, "loadtest.sh"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SPARK_HOME"] = Path.Combine(Toolbox.Folder, "spark-3.5.3");
        start.Environment["SPARK_LOCAL_IP"] = "127.0.0.1";
        start.Environment["PYSPARK_PYTHON"] = "python3";
        start.Environment["SPARK_SUBMIT_OPTS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";
        start.Environment["SPARKOBS_TOOLBOX"] = Toolbox.Folder;
        start.Environment["SPARKOBS"] = $"dotnet {SparkObsCli.Program}";
        var outcome = await SparkObsCli.EndAsync(Process.Start(start)!, TimeSpan.FromMinutes(5));
        return (outcome.ExitCode, outcome.Output, outcome.Error);
    }

    [GeneratedRegex("""
        ^(?<name>\w+): (?<apps>\d+) applications? at once, local\[2,4\], 1 round, medians
        tasks    (?<ran>[\d,]+) ran with sparkobs, (?<traced>[\d,]+) are in the traces; [\d,.]+ a second
        dropped  (?<dropped>[\d,]+) of [\d,]+ events \([\d,]+ delivered, [\d,]+ without a place in a trace\)

        seconds +without +with +ratio
        the work, slowest application +[\d.]+ +[\d.]+ +[\d.]+
        CPU of the drivers during the work +[\d.]+ +[\d.]+ +[\d.]+
        CPU of all processes, start to end +[\d.]+ +[\d.]+ +[\d.]+
          of these the bridge +[\d.]+
        $
        """)]
    private static partial Regex Report();
}
