using System.CommandLine;
using System.CommandLine.Parsing;
using SparkObs.Cli.Replay;
using SparkObs.Cli.Submit;

namespace SparkObs.Cli;

/// <summary><c>sparkobs submit</c>: spark-submit with a trace.</summary>
internal static class SubmitCommand
{
    private const string Description = "Runs spark-submit, and makes the job's trace while it runs.";

    private const string Notes = """
        Examples:
          sparkobs submit -- --master local[4] job.py --day 2026-11-22
          sparkobs submit --output otlp --endpoint http://collector:4317 -- --master yarn --class com.acme.Job job.jar
          sparkobs submit --output otlp-json -o spans.jsonl -- --master local[4] job.py
          sparkobs submit --bridge 127.0.0.1:4319 --jar local:///opt/sparkobs/sparkobs-shim.jar -- --deploy-mode cluster ...

        What you give to spark-submit stays: our jar and plugin are added to the jars, plugins and listeners of its arguments, of
        --properties-file and of spark-defaults.conf. Standard input, output and error are the job's; our lines go to standard error
        and begin with sparkobs:. Whatever fails on our side, the job runs.

        Variables:
          SPARK_HOME, SPARK_CONF_DIR   Spark, as spark-submit itself reads them; without SPARK_HOME it is looked for on the PATH
          TRACEPARENT                  the caller's span: the job's trace becomes a part of its
          SPARKOBS_UI_URL              a trace's page, as http://jaeger:16686/trace/{traceId}
          OTEL_EXPORTER_OTLP_..., OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES   as for sparkobs replay

        Exit codes: spark-submit's own; 128 and the number for a signal; 127 where there is no spark-submit, 2 for wrong usage.
        """;

    public static Command Create(Func<Terminal> terminal)
    {
        var sparkArguments = new Argument<string[]>("SPARK-SUBMIT-ARGUMENTS")
        {
            Description = "Behind --, all that spark-submit takes: its options, the job's file, the job's arguments.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var output = new Option<string?>("--output")
        {
            Description = "otlp: to a collector. otlp-json: lines of OTLP/JSON. tree: for people, at the end. "
                + "Default: otlp where --endpoint or OTEL_EXPORTER_OTLP_ENDPOINT names a collector, else tree.",
        };
        output.AcceptOnlyFromAmong("otlp", "otlp-json", "tree");
        var file = new Option<string?>("-o", "--output-file")
        {
            Description = "Writes otlp-json or the tree into this file.",
            HelpName = "FILE",
        };
        var tasks = CommonOptions.Tasks();
        var endpoint = CommonOptions.Endpoint();
        var bridge = new Option<string?>("--bridge")
        {
            Description = "A bridge that runs already, beside the driver (host:port or unix:/path) or elsewhere (tls://host:port); none is started here. "
                + "--deploy-mode cluster needs it. Its token is the driver's matter.",
            HelpName = "ADDRESS",
        };
        var jar = new Option<string?>("--jar")
        {
            Description = "The shim's jar as the driver and the executors see it. Default: the one beside sparkobs.",
            HelpName = "PATH",
        };
        var uiUrl = new Option<string?>("--ui-url")
        {
            Description = "A trace's page with {traceId} in it; wins over SPARKOBS_UI_URL.",
            HelpName = "URL",
        };
        var flush = new Option<TimeSpan>("--flush-timeout")
        {
            Description = "How long after the job's end its last spans may take to leave. Default: 10s.",
            HelpName = "DURATION",
            DefaultValueFactory = _ => TimeSpan.FromSeconds(10),
            CustomParser = result =>
            {
                if (DurationText.TryParse(result.Tokens[0].Value, out var duration))
                    return duration;
                result.AddError($"--flush-timeout: '{result.Tokens[0].Value}' is no duration; write 500ms, 30s, 5m or 1h.");
                return default;
            },
        };
        var command = new Command("submit", Description)
        {
            sparkArguments, output, file, tasks, endpoint, bridge, jar, uiUrl, flush, HelpWithNotes.Option(Notes),
        };
        // Not an asynchronous action: the library would end the process some seconds after a signal, and the job decides when it ends.
        command.SetAction(parsed =>
        {
            var io = terminal();
            var options = new SubmitOptions
            {
                SparkArguments = Behind(parsed, parsed.GetValue(sparkArguments) ?? []),
                Output = OutputOf(parsed.GetValue(output), parsed.GetValue(endpoint), io.Variable),
                File = parsed.GetValue(file),
                AllTasks = parsed.GetValue(tasks) == CommonOptions.AllTasks,
                Endpoint = parsed.GetValue(endpoint),
                Bridge = parsed.GetValue(bridge),
                Jar = parsed.GetValue(jar),
                UiUrl = parsed.GetValue(uiUrl),
                FlushWithin = parsed.GetValue(flush),
            };
            options.Check();
            return new SubmitRun(options, io).RunAsync().GetAwaiter().GetResult();
        });
        return command;
    }

    /// <summary>Without <c>--</c> options of the job's could be taken for ours.</summary>
    private static string[] Behind(ParseResult parsed, string[] all)
    {
        var behind = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Skip(1).Count();
        return behind == all.Length ? all : throw new UserError(
            $"'{all[0]}' is no option of submit's; what spark-submit is to get stands behind --: sparkobs submit -- {string.Join(' ', all.Take(3))} ...");
    }

    private static OutputKind OutputOf(string? output, string? endpoint, Func<string, string?> variable) => output switch
    {
        "otlp" => OutputKind.Otlp,
        "otlp-json" => OutputKind.OtlpJson,
        "tree" => OutputKind.Tree,
        _ when !string.IsNullOrEmpty(endpoint ?? variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") ?? variable("OTEL_EXPORTER_OTLP_ENDPOINT")) => OutputKind.Otlp,
        _ => OutputKind.Tree,
    };
}
