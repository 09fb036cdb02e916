using System.CommandLine;
using SparkObs.Cli.Replay;

namespace SparkObs.Cli;

/// <summary><c>sparkobs replay</c>: event logs to a collector, to OTLP/JSON or to a tree.</summary>
internal static class ReplayCommand
{
    private const string Description = "Makes the traces of Apache Spark's event logs: a tree to read, or spans for a collector.";

    private const string Notes = """
        Examples:
          sparkobs replay /var/log/spark/app-20261122195338-0000
          sparkobs replay --output otlp --endpoint http://collector:4317 /var/log/spark
          zstdcat app.zstd | sparkobs replay --output otlp-json -o spans.jsonl -
          sparkobs replay --output otlp --follow app-20261122195338-0000.inprogress
          sparkobs replay --output otlp ~/.local/state/sparkobs/listen/sessions/6f0c…

        Variables:
          OTEL_EXPORTER_OTLP_ENDPOINT, _PROTOCOL, _HEADERS, _COMPRESSION, _TIMEOUT, _CERTIFICATE   the collector,
              as OpenTelemetry's SDKs read them, with their _TRACES_ forms
          OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES   instead of the application's name, and beside its attributes
          NO_COLOR, COLUMNS   no colours; how wide the tree is (without a terminal: 120)

        Exit codes:
          0    all was read and delivered
          1    an unexpected error, or the output could not be written
          2    wrong usage, or an input that is missing, empty or no event log (the others were replayed)
          3    the collector could not be reached, or took nothing for too long
          4    delivered, but not all: unreadable lines, a damaged log, or spans that the collector refused
          130  interrupted; what had ended by then was delivered

        The same log always gives the same spans under the same ids, so sending it twice does no harm.
        """;

    public static Command Create(Func<Terminal> terminal)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "An event log (plain, zstd, lz4, snappy, lzf), a rolling log's folder, the folder of a bridge's journal or a driver's spool, a folder of any of these, - for standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        paths.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value is ['-', _, ..]) is { } option)
                result.AddError($"Unknown option '{option.Value}'; a file of that name is ./{option.Value}.");
        });
        var output = new Option<string>("--output")
        {
            Description = "otlp: to a collector. otlp-json: lines of OTLP/JSON. tree: for people.",
            DefaultValueFactory = _ => "tree",
        };
        output.AcceptOnlyFromAmong("otlp", "otlp-json", "tree");
        var file = new Option<string?>("-o", "--output-file")
        {
            Description = "Writes otlp-json or the tree into this file instead of standard output.",
            HelpName = "FILE",
        };
        var tasks = CommonOptions.Tasks();
        var follow = new Option<bool>("--follow") { Description = "Waits for more as long as the application runs." };
        var endpoint = CommonOptions.Endpoint();
        var timeout = new Option<TimeSpan?>("--timeout")
        {
            Description = "How long the collector may take nothing before sparkobs gives up: 30s, 5m, 1h. Default: 60s.",
            HelpName = "DURATION",
            CustomParser = result =>
            {
                if (DurationText.TryParse(result.Tokens[0].Value, out var duration))
                    return duration;
                result.AddError($"--timeout: '{result.Tokens[0].Value}' is no duration; write 500ms, 30s, 5m or 1h.");
                return null;
            },
        };
        var command = new Command("replay", Description)
        {
            paths, output, file, tasks, follow, endpoint, timeout, HelpWithNotes.Option(Notes),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new ReplayOptions
            {
                Paths = parsed.GetRequiredValue(paths),
                Output = parsed.GetRequiredValue(output) switch
                {
                    "otlp" => OutputKind.Otlp,
                    "otlp-json" => OutputKind.OtlpJson,
                    _ => OutputKind.Tree,
                },
                File = parsed.GetValue(file),
                AllTasks = parsed.GetValue(tasks) == CommonOptions.AllTasks,
                Follow = parsed.GetValue(follow),
                Endpoint = parsed.GetValue(endpoint),
                GiveUpAfter = parsed.GetValue(timeout),
            };
            options.Check();
            return (int)await new ReplayRun(options, terminal()).RunAsync(cancellationToken).ConfigureAwait(false);
        });
        return command;
    }
}
