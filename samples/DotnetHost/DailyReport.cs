using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SparkObs.Spark;

namespace DotnetHost;

/// <summary>Runs the job once, and then ends the program with its exit code.</summary>
internal sealed partial class DailyReport(string[] args, SparkObservability observability, IHostApplicationLifetime lifetime, ILogger<DailyReport> logger) : BackgroundService
{
    public static readonly ActivitySource Source = new("DotnetHost");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using (var activity = Source.StartActivity("daily report"))
        {
            LogBegin();
            var exitCode = await SubmitAsync(activity, stoppingToken);
            activity?.SetTag("process.exit.code", exitCode);
            if (exitCode != 0)
                activity?.SetStatus(ActivityStatusCode.Error, $"spark-submit ended with {exitCode}");
            LogEnd(exitCode);
            Environment.ExitCode = exitCode;
        }
        lifetime.StopApplication();
    }

    private async Task<int> SubmitAsync(Activity? activity, CancellationToken stoppingToken)
    {
        var home = Environment.GetEnvironmentVariable("SPARK_HOME") ?? throw new InvalidOperationException("SPARK_HOME is not set");
        var conf = new Dictionary<string, string>(observability.SparkConf)
        {
            ["spark.plugins"] = "io.sparkobs.SparkObsPlugin",
            ["spark.jars"] = Path.Combine(AppContext.BaseDirectory, "sparkobs-shim.jar"),
            ["spark.ui.enabled"] = "false",
        };
        if (activity is not null)
            conf["spark.sparkobs.traceparent"] = activity.Id!;
        var job = args.Length > 0 ? args : [Path.Combine(AppContext.BaseDirectory, "report.py")];
        using var spark = Process.Start(Path.Combine(home, "bin", "spark-submit"),
            ["--master", "local[2]", .. conf.SelectMany(pair => new[] { "--conf", $"{pair.Key}={pair.Value}" }), .. job]);
        try
        {
            await spark.WaitForExitAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // Spark ends in order, and tells its end, before this program does.
            using var kill = Process.Start("kill", ["-TERM", spark.Id.ToString(CultureInfo.InvariantCulture)]);
            await spark.WaitForExitAsync(CancellationToken.None);
        }
        return spark.ExitCode;
    }

    [LoggerMessage(LogLevel.Information, "The report begins")]
    private partial void LogBegin();

    [LoggerMessage(LogLevel.Information, "spark-submit ended with {ExitCode}")]
    private partial void LogEnd(int exitCode);
}
