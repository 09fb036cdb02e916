using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serilog;
using SparkObs.Spark.Tests.Events;

// As a program that uses the library logs.
#pragma warning disable CA1848, CA1873

namespace SparkObs.Spark.Tests.Logging;

/// <summary>The one call, by Microsoft.Extensions.Logging and by Serilog.</summary>
public class LoggingBuilderTests
{
    [Fact]
    public void The_hosts_filters_hold_and_scopes_become_properties()
    {
        using var folder = new TempFolder();
        var file = Path.Combine(folder.Path, "app.clef");
        using (var services = new ServiceCollection().AddLogging(logging => logging
            .SetMinimumLevel(LogLevel.Debug).AddFilter("Quiet", LogLevel.Error)
            .AddSparkObs(new SparkObsLogOptions { File = file, InformationRate = 1, DebugRate = 1 })).BuildServiceProvider())
        {
            var loggers = services.GetRequiredService<ILoggerFactory>();
            loggers.CreateLogger("Quiet").LogWarning("not seen");
            var logger = loggers.CreateLogger("Loud");
            logger.LogTrace("not seen");
            using (logger.BeginScope(new Dictionary<string, object> { ["spark.job.id"] = 7 }))
                logger.LogInformation("job {Job} began", 7);
            logger.LogDebug("seen");
        }
        Assert.Equal(
            [("job {Job} began", "Loud", "7"), ("seen", "Loud", null)],
            File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement).Select(line => (
                line.GetProperty("@mt").GetString(), line.GetProperty("SourceContext").GetString(), line.TryGetProperty("spark.job.id", out var job) ? job.GetRawText() : null)));
    }

    [Fact]
    public void A_wrong_setting_is_told_at_once() =>
        Assert.Throws<SparkObsConfigurationException>(() => new ServiceCollection().AddLogging(logging => logging.AddSparkObs(new SparkObsLogOptions { Files = 0 })));

    [Fact]
    public void Samples_only_what_goes_to_its_own_outputs()
    {
        using var folder = new TempFolder();
        var file = Path.Combine(folder.Path, "app.clef");
        var others = new KeptEvents();
        using (var logger = new LoggerConfiguration().SparkObs(new SparkObsLogOptions { File = file, InformationRate = 0 }).WriteTo.Sink(others).CreateLogger())
        {
            logger.Information("for the others");
            logger.Error("for all");
        }
        Assert.Equal(["for the others", "for all"], others.Events.Select(e => e.MessageTemplate.Text));
        Assert.Equal(["for all"], File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("@mt").GetString()));
    }
}
