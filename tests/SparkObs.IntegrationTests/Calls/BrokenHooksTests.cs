using System.Diagnostics;
using System.Text.RegularExpressions;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Calls;

/// <summary>
/// Every hook of calls throws whenever it is used, on a driver and an executor: methods of the shipped jar are replaced by ones that
/// throw. The job's output, files and exit code are those of a run without us, and each JVM's log says once what does not work.
/// </summary>
public sealed partial class BrokenHooksTests
{
    [LiveFact("postgresql")]
    public async Task A_hook_that_throws_is_not_noticed()
    {
        await using var s3 = await S3Server.StartAsync();
        await using var postgres = await PostgresServer.StartAsync();
        using var spark = new SparkSubmit("3.5.3");
        spark.MoveHome();
        var arguments = EveryCall.Arguments(spark, "local-cluster[1,2,1024]", s3, postgres);
        var plain = await spark.PlainAsync(arguments);
        Assert.True(plain.ExitCode == 3, plain.Error);
        var files = StoredFiles.InFolder(EveryCall.Files(spark));

        foreach (var broken in Broken)
        {
            Directory.Delete(Path.Combine(spark.Home, "work"), recursive: true);
            var traced = await spark.TracedAsync(
                ["--output", "otlp-json", "-o", spark.PathOf("spans.jsonl"), "--jar", Jar(spark, broken)],
                ["--conf", "spark.sparkobs.calls=s3:exact,jdbc,fs:file", .. arguments]);

            var name = string.Join(' ', broken);
            Assert.Equal((name, plain.ExitCode, plain.Output), (name, traced.ExitCode, traced.Output));
            Assert.Equal(files, StoredFiles.InFolder(EveryCall.Files(spark)));
            string[] logs = [traced.Error, .. spark.ExecutorLogs()];
            Assert.Equal(broken, broken.Where(method => logs.Any(log => log.Contains($"broken: {method}\n", StringComparison.Ordinal))));
            Assert.All(logs, log => Assert.All(Said().Matches(log).GroupBy(match => match.Value), said => Assert.Single(said)));
            Assert.Contains(logs, log => Said().IsMatch(log));
        }
    }

    /// <summary>One run each; methods of one run do not hide each other.</summary>
    private static string[][] Broken =>
    [
        ["S3Handler#begin", "S3Handler#mine", "S3Request#isOnPoolThread", "TracedProvider#<init>", "TaskHooks#start", "TaskHooks#ended", "Recorder#record", "DriverChannel#receive"],
        ["Recorder#begin", "Recorder#taskStarted", "Recorder#flush", "TaskMdc#put", "JdbcHook#install"],
        ["Call#put", "CallLines#write", "TaskMdc#restore", "DriverChannel#confirm"],
        ["Call#fail", "JdbcUrl#parse", "S3Owners#note", "S3Auditor$Span#own", "FsBytes#now", "DriverChannel#offer"],
    ];

    /// <summary>A copy of the shipped jar in which these methods throw.</summary>
    private static string Jar(SparkSubmit spark, string[] methods)
    {
        var jar = spark.PathOf(Path.GetFileName(SparkObsCli.Jar));
        File.Copy(SparkObsCli.Jar, jar, overwrite: true);
        var asm = Directory.GetFiles(Path.Combine(spark.Home, "jars"), "xbean-asm9-shaded-*.jar").Single();
        var source = Path.Combine(Toolbox.Repository, "tests", "SparkObs.IntegrationTests", "Calls", "BreakMethods.java");
        using var run = Process.Start(new ProcessStartInfo("java", ["-cp", asm, source, jar, "io.sparkobs.calls", .. methods]) { RedirectStandardError = true })!;
        var error = run.StandardError.ReadToEnd();
        run.WaitForExit();
        Assert.True(run.ExitCode == 0, error);
        return jar;
    }

    [GeneratedRegex("SparkObs: (.+) failed, and goes on without")]
    private static partial Regex Said();
}
