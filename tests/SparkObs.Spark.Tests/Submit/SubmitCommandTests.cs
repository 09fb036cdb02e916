using System.CommandLine;
using System.Text.RegularExpressions;
using SparkObs.Cli;
using SparkObs.Spark.Tests.Events;

namespace SparkObs.Spark.Tests.Submit;

/// <summary><c>sparkobs submit</c> with a script for a spark-submit: what it is called with, and what is said.</summary>
public sealed class SubmitCommandTests
{
    private const string NothingCame = "sparkobs: nothing came from the driver: it had no SparkContext, or its log says at SparkObs what went wrong\n";

    private readonly Dictionary<string, string> variables = [];

    [Fact]
    public async Task The_job_gets_plugin_and_bridge_and_its_code_is_ours()
    {
        using var spark = new FakeSpark(then: "exit 7");

        var (code, error) = await RunAsync(spark, "submit", "--jar", spark.Jar, "--", "--master", "local[2]", "job.py", "--", "@day", "--help");

        Assert.Equal(7, code);
        var arguments = spark.Arguments;
        Assert.Equal(["--master", "local[2]", "--jars", spark.Jar, "--conf", "spark.plugins=io.sparkobs.SparkObsPlugin", "--conf"], arguments[..7]);
        Assert.Matches("^spark.sparkobs.endpoint=127.0.0.1:[0-9]+$", arguments[7]);
        Assert.Matches("^spark.sparkobs.traceId=[0-9a-f]{32}$", arguments[9]);
        Assert.Equal(["job.py", "--", "@day", "--help"], arguments[10..]);
        Assert.Matches("^[0-9A-Fa-f]{32}$", spark.Token);
        Assert.DoesNotContain(arguments, argument => argument.Contains(spark.Token, StringComparison.Ordinal));
        Assert.Equal($"sparkobs: trace {arguments[9][^32..]}\n{NothingCame}", error);
    }

    [Fact]
    public async Task What_is_lost_is_told_in_a_table()
    {
        const string Driver = """
            python3 - "$@" <<'END'
            import os, socket, sys
            host, port = next(a for a in sys.argv if a.startswith("spark.sparkobs.endpoint=")).split("=")[1].split(":")
            bridge = socket.create_connection((host, int(port))).makefile("rw", newline="\n")
            def say(line):
                bridge.write(line + "\n")
                bridge.flush()
            say('{"SparkObsHello":1,"token":"%s","session":"s","instance":"i","firstSeq":1,"appName":"report"}' % os.environ["SPARKOBS_TOKEN"])
            bridge.readline()
            say('{"SparkObsSeq":1,"Event":"SparkListenerApplicationStart","App Name":"report","App ID":"local-1","Timestamp":1,"User":"me"}')
            say('{"SparkObsSeq":1204,"Event":"SparkListenerApplicationEnd","Timestamp":2}')
            say('{"SparkObsSeq":1205,"Event":"SparkObsHeartbeat","Posted":1206,"Bus Dropped":1,"Bus Queued":0,"Ignored":1,"Outbox Dropped":{"task":1202}}')
            while '"ack":1205' not in bridge.readline():
                pass
            END
            """;
        using var spark = new FakeSpark(then: Driver);
        var spans = Path.Combine(spark.Home, "spans.jsonl");

        var (code, error) = await RunAsync(spark, "submit", "--jar", spark.Jar, "--output", "otlp-json", "-o", spans, "--", "job.py");

        var trace = spark.Arguments.Single(argument => argument.StartsWith("spark.sparkobs.traceId=", StringComparison.Ordinal))[^32..];
        Assert.Equal(0, code);
        Assert.Equal(
            $"""
            sparkobs: trace {trace}
            sparkobs: not all events of report are in the trace:
            sparkobs:   1 event            dropped by Spark's own bus           a larger spark.scheduler.listenerbus.eventqueue.capacity
            sparkobs:   1,202 task events  dropped by the driver's full buffer  a larger spark.sparkobs.buffer.bytes or spark.sparkobs.spool.bytes, or a faster collector
            sparkobs: report (local-1): spans written to {spans}; trace {trace}

            """,
            // With the application's marker or, when it was that quick, without.
            Regex.Replace(error, "[12] spans? written", "spans written"));
    }

    [Fact]
    public async Task A_bridge_elsewhere_is_used_as_it_is_named()
    {
        using var spark = new FakeSpark();

        var (code, error) = await RunAsync(spark, "submit", "--bridge", "unix:/run/b", "--jar", "local:///shim.jar", "--ui-url", "http://j/{traceId}", "--",
            "--deploy-mode", "cluster", "job.py");

        Assert.Equal(0, code);
        var trace = spark.Arguments[9][^32..];
        Assert.Equal(
            [
                "--deploy-mode", "cluster", "--jars", "local:///shim.jar", "--conf", "spark.plugins=io.sparkobs.SparkObsPlugin",
                "--conf", "spark.sparkobs.endpoint=unix:/run/b", "--conf", $"spark.sparkobs.traceId={trace}",
                "--conf", "spark.sparkobs.ui.url=http://j/{traceId}", "job.py",
            ],
            spark.Arguments);
        Assert.Equal("", spark.Token);
        Assert.Equal($"sparkobs: trace http://j/{trace} ({trace})\n", error);
    }

    [Theory]
    [InlineData("with --deploy-mode cluster the driver runs elsewhere and needs a bridge there: name it with --bridge host:port", "--deploy-mode", "cluster", "job.py")]
    [InlineData("with --deploy-mode cluster the driver runs elsewhere and needs a bridge there: name it with --bridge host:port", "--conf", "spark.submit.deployMode=cluster", "job.py")]
    [InlineData("the driver of a Spark Connect client runs in its server", "--remote", "sc://a", "job.py")]
    [InlineData("spark-submit's option --brand-new is not known here", "--brand-new", "x", "job.py")]
    [InlineData("Could not find file '/no-such.conf'", "--properties-file", "/no-such.conf", "job.py")]
    public async Task What_cannot_be_traced_is_submitted_as_it_is(string reason, params string[] arguments)
    {
        using var spark = new FakeSpark(then: "exit 5");

        var (code, error) = await RunAsync(spark, ["submit", "--jar", spark.Jar, "--", .. arguments]);

        Assert.Equal(5, code);
        Assert.Equal(arguments, spark.Arguments);
        Assert.Equal("", spark.Token);
        Assert.Equal($"sparkobs: {reason}; the job is submitted as it is, without a trace\n", error);
    }

    [Fact]
    public async Task A_trouble_of_ours_does_not_keep_the_job_from_running()
    {
        using var spark = new FakeSpark();
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "carrier-pigeon";
        string[] arguments = ["--master", "local[2]", "job.py"];

        var (code, error) = await RunAsync(spark, ["submit", "--jar", spark.Jar, "--output", "otlp", "--", .. arguments]);

        Assert.Equal((0, string.Join(' ', arguments)), (code, string.Join(' ', spark.Arguments)));
        Assert.Equal("sparkobs: OTEL_EXPORTER_OTLP_PROTOCOL: 'carrier-pigeon' is not supported; use grpc or http/protobuf; the job is submitted as it is, without a trace\n", error);

        (code, error) = await RunAsync(spark, ["submit", "--jar", spark.Jar, "--output", "otlp-json", "-o", "/no/such/folder/x", "--", .. arguments]);

        Assert.Equal((0, string.Join(' ', arguments)), (code, string.Join(' ', spark.Arguments)));
        Assert.StartsWith("sparkobs: cannot write /no/such/folder/x: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_was_delivered_leaves_nothing()
    {
        using var state = new TempFolder();
        variables["XDG_STATE_HOME"] = state.Path;
        var runs = Path.Combine(state.Path, "sparkobs", "submit");
        using var spark = new FakeSpark(then: $"ls {runs}/*/lock > $(dirname $0)/../lock || exit 9");

        var (code, _) = await RunAsync(spark, "submit", "--jar", spark.Jar, "--", "job.py");

        Assert.Equal(0, code);
        Assert.Empty(Directory.GetDirectories(runs));
    }

    [Fact]
    public async Task What_submits_nothing_is_run_without_a_word()
    {
        using var spark = new FakeSpark();

        Assert.Equal((0, ""), await RunAsync(spark, "submit", "--", "--version"));
        Assert.Equal(["--version"], spark.Arguments);
    }

    [Fact]
    public async Task A_job_that_was_killed_gives_128_and_the_signals_number()
    {
        using var spark = new FakeSpark(then: "kill -9 $$");

        Assert.Equal(137, (await RunAsync(spark, "submit", "--jar", spark.Jar, "--", "job.py")).Code);
    }

    [Fact]
    public async Task Without_spark_submit_the_code_is_127()
    {
        variables["PATH"] = "/no/such/folder";

        Assert.Equal((127, "sparkobs: no spark-submit: set SPARK_HOME to Spark's folder, or put spark-submit on the PATH\n"), await RunAsync(null, "submit", "--", "job.py"));
    }

    [Theory]
    [InlineData("submit needs spark-submit's arguments behind --: sparkobs submit -- --master local[2] job.py", "submit", "--")]
    [InlineData("'job.py' is no option of submit's; what spark-submit is to get stands behind --: sparkobs submit -- job.py ...", "submit", "job.py")]
    [InlineData("--output otlp-json needs -o FILE: standard output is the job's", "submit", "--output", "otlp-json", "--", "job.py")]
    [InlineData("-o has no meaning with --output otlp: spans go to the collector", "submit", "--output", "otlp", "-o", "x", "--", "job.py")]
    [InlineData("--endpoint needs --output otlp: other outputs send nothing", "submit", "--output", "tree", "--endpoint", "http://a", "--", "job.py")]
    [InlineData("--flush-timeout: '5x' is no duration; write 500ms, 30s, 5m or 1h. (sparkobs submit --help)", "submit", "--flush-timeout", "5x", "--", "job.py")]
    public async Task Wrong_usage_is_one_line_and_code_2(string line, params string[] args) =>
        Assert.Equal((2, $"sparkobs: {line}\n"), await RunAsync(null, args));

    private async Task<(int Code, string Error)> RunAsync(FakeSpark? spark, params string[] args)
    {
        if (spark is not null)
            variables["SPARK_HOME"] = spark.Home;
        using var error = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal { Out = TextWriter.Null, Error = error, OpenOutput = () => Stream.Null, Variable = variables.GetValueOrDefault };
        var code = await CommandRunner.RunAsync(new RootCommand { SubmitCommand.Create(() => terminal) }, args, terminal);
        return (code, error.ToString());
    }
}
