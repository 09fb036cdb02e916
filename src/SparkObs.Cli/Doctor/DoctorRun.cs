using SparkObs.Cli.Tree;
using SparkObs.Spark.Export;

namespace SparkObs.Cli.Doctor;

/// <summary>Makes every check, and writes a line for each.</summary>
internal sealed class DoctorRun(DoctorOptions options, Terminal terminal)
{
    private const int SubjectWidth = 10;

    private bool bad;

    public async Task<ExitCode> RunAsync()
    {
        Write(DriverChecks.Spark(terminal.Variable, out var spark));
        Write(await DriverChecks.JavaAsync(terminal.Variable, spark).ConfigureAwait(false));
        Write(DriverChecks.Jar());
        if (DriverChecks.S3(terminal.Variable, spark) is { } s3)
            Write(s3);
        Write(options.Bridge is null ? BridgeChecks.Listening(options, terminal.Variable) : await RunningBridgeChecks.AnswerAsync(options.Bridge, options).ConfigureAwait(false));
        Write(BridgeChecks.Token(options.TokenFile, terminal.Variable));
        var collector = ReadCollector();
        if (collector is not null)
            Write(await CollectorChecks.DeliveryAsync(collector).ConfigureAwait(false));
        Write(await CollectorChecks.ClockAsync(collector).ConfigureAwait(false));
        return bad ? ExitCode.BadInput : ExitCode.Done;
    }

    private OtlpOptions? ReadCollector()
    {
        try
        {
            return OtlpEnvironment.Read(terminal.Variable, options.Endpoint);
        }
        catch (ExportConfigurationException e)
        {
            Write(new Finding(Mark.Bad, "collector", "its settings cannot be used", e.Message));
            return null;
        }
    }

    private void Write(Finding finding)
    {
        bad |= finding.Mark == Mark.Bad;
        var unicode = terminal.Glyphs == Glyphs.Unicode;
        var mark = finding.Mark switch
        {
            Mark.Good => unicode ? "✓" : "+",
            Mark.Warning => "!",
            _ => unicode ? "✗" : "x",
        };
        terminal.Out.WriteLine($"{mark} {finding.Subject.PadRight(SubjectWidth)} {ScreenText.OneLine(finding.Text)}");
        if (finding.Advice is { } advice)
            terminal.Out.WriteLine($"  {"",SubjectWidth} {ScreenText.OneLine(advice)}");
    }
}
