using SparkObs.Cli.Submit;
using SparkObs.Spark.Tests.Events;

namespace SparkObs.Spark.Tests.Submit;

public sealed class WiringTests : IDisposable
{
    private const string Caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private readonly TempFolder folder = new();
    private readonly Dictionary<string, string> variables = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Without_anything_of_the_users_ours_stands_alone()
    {
        var wiring = Wire(["job.py"]);

        Assert.Equal(
            [
                "--jars", "ours.jar", "--conf", "spark.plugins=io.sparkobs.SparkObsPlugin", "--conf", "spark.sparkobs.endpoint=127.0.0.1:1",
                "--conf", $"spark.sparkobs.traceId={wiring.Trace}",
            ],
            wiring.Added);
        Assert.Matches("^[0-9a-f]{32}$", wiring.Trace);
        Assert.NotEqual(wiring.Trace, Wire(["job.py"]).Trace);
        Assert.Null(wiring.TraceUrl);
    }

    [Theory]
    [InlineData("a.jar,b.jar,ours.jar", "--jars", "a.jar, b.jar")]
    [InlineData("a.jar,ours.jar", "--conf", "spark.jars=a.jar")]
    [InlineData("a.jar,ours.jar", "--conf", "spark.jars=b.jar", "--jars", "a.jar")]
    [InlineData("ours.jar,a.jar", "--jars", "ours.jar,a.jar")]
    public void Jars_of_the_command_line_stay(string expected, params string[] arguments) =>
        Assert.Equal(expected, Value("--jars", Wire([.. arguments, "job.py"])));

    [Fact]
    public void Plugins_are_taken_from_the_first_of_command_line_properties_file_and_defaults_that_has_them()
    {
        Defaults("spark.plugins defaults.Plugin\nspark.jars defaults.jar"u8);
        var file = folder.Write("my.conf", "spark.plugins: file.Plugin"u8);

        Assert.Equal(("defaults.Plugin,io.sparkobs.SparkObsPlugin", "defaults.jar,ours.jar"), PluginsAndJars([]));
        Assert.Equal(("file.Plugin,io.sparkobs.SparkObsPlugin", "ours.jar"), PluginsAndJars(["--properties-file", file]));
        Assert.Equal(("file.Plugin,io.sparkobs.SparkObsPlugin", "defaults.jar,ours.jar"), PluginsAndJars(["--load-spark-defaults", "--properties-file", file]));
        Assert.Equal(("conf.Plugin,io.sparkobs.SparkObsPlugin", "ours.jar"), PluginsAndJars(["--properties-file", file, "--conf", "spark.plugins=conf.Plugin"]));
    }

    [Fact]
    public void The_configuration_folder_may_be_named()
    {
        Defaults("spark.plugins home.Plugin"u8);
        folder.Write("elsewhere/spark-defaults.conf", "spark.plugins elsewhere.Plugin"u8);
        variables["SPARK_CONF_DIR"] = Path.Combine(folder.Path, "elsewhere");

        Assert.Equal("elsewhere.Plugin,io.sparkobs.SparkObsPlugin", PluginsAndJars([]).Plugins);
    }

    [Theory]
    [InlineData("3.0.3")]
    [InlineData(null)]
    public void Where_plugins_cannot_be_loaded_the_listener_is_merged(string? version)
    {
        var added = Wire(["--conf", "spark.extraListeners=a.B", "--conf", "spark.plugins=a.P", "job.py"], version: version).Added;

        Assert.Contains("spark.extraListeners=a.B,io.sparkobs.SparkObsListener", added);
        Assert.DoesNotContain(added, a => a.StartsWith("spark.plugins", StringComparison.Ordinal));
    }

    [Fact]
    public void A_caller_gives_the_trace()
    {
        var wiring = Wire(["job.py"], traceparent: Caller);

        Assert.Equal(("4bf92f3577b34da6a3ce929d0e0e4736", false, null), (wiring.Trace, wiring.Unsampled, wiring.WrongTraceparent));
        Assert.Contains($"spark.sparkobs.traceparent={Caller}", wiring.Added);
        Assert.DoesNotContain(wiring.Added, a => a.StartsWith("spark.sparkobs.traceId", StringComparison.Ordinal));
        Assert.True(Wire(["job.py"], traceparent: Caller[..^1] + "0").Unsampled);
    }

    [Fact]
    public void A_traceparent_of_the_users_conf_wins_and_one_that_is_none_is_told()
    {
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", Wire(["--conf", $"spark.sparkobs.traceparent={Caller}", "job.py"], traceparent: "00-1-2-3").Trace);
        Assert.Equal("00-1-2-3", Wire(["job.py"], traceparent: "00-1-2-3").WrongTraceparent);
    }

    [Fact]
    public void A_trace_id_of_the_users_conf_is_kept() =>
        Assert.Equal(new string('a', 32), Wire(["--conf", $"spark.sparkobs.traceId={new string('a', 32)}", "job.py"]).Trace);

    [Fact]
    public void The_page_of_a_trace_is_known_before_it_starts()
    {
        var wiring = Wire(["job.py"], uiUrl: "http://jaeger/trace/{traceId}");

        Assert.Equal($"http://jaeger/trace/{wiring.Trace}", wiring.TraceUrl);
        Assert.Contains("spark.sparkobs.ui.url=http://jaeger/trace/{traceId}", wiring.Added);
    }

    [Theory]
    [InlineData("{jar}")]
    [InlineData("/a.jar:{jar}", "--driver-class-path", "/a.jar")]
    [InlineData("/b.jar:{jar}", "--conf", "spark.driver.extraClassPath=/b.jar")]
    [InlineData("{jar}:/a.jar", "--driver-class-path", "{jar}:/a.jar")]
    [InlineData("{jar}", "--conf", "spark.sparkobs.calls=jdbc,s3:exact")]
    [InlineData(null, "--conf", "spark.sparkobs.calls=jdbc")]
    [InlineData(null, "--deploy-mode", "cluster")]
    public void Where_the_AWS_SDK_is_on_Sparks_class_path_the_jar_joins_it_on_the_driver(string? expected, params string[] arguments)
    {
        folder.Write("jars/hadoop-aws-3.3.4.jar", []);
        var jar = folder.Write("ours.jar", []);
        arguments = [.. arguments.Select(argument => argument.Replace("{jar}", jar, StringComparison.Ordinal)), "job.py"];

        foreach (var given in new[] { jar, $"file:{jar}" })
        {
            var wiring = Wire(arguments, jar: given);

            Assert.Equal(expected?.Replace("{jar}", jar, StringComparison.Ordinal), ValueOrNull("--driver-class-path", wiring));
            Assert.Equal(given, Value("--jars", wiring));
        }
    }

    [Fact]
    public void A_jar_that_is_elsewhere_joins_no_class_path()
    {
        folder.Write("jars/hadoop-aws-3.3.4.jar", []);

        Assert.Null(ValueOrNull("--driver-class-path", Wire(["job.py"], jar: "hdfs:///ours.jar")));
    }

    private void Defaults(ReadOnlySpan<byte> text) => folder.Write("conf/spark-defaults.conf", text);

    private (string? Plugins, string Jars) PluginsAndJars(string[] arguments)
    {
        var wiring = Wire([.. arguments, "job.py"]);
        return (wiring.Added.Single(a => a.StartsWith("spark.plugins=", StringComparison.Ordinal))["spark.plugins=".Length..], Value("--jars", wiring));
    }

    private static string Value(string option, Wiring wiring) => wiring.Added[wiring.Added.ToList().IndexOf(option) + 1];

    private static string? ValueOrNull(string option, Wiring wiring) => wiring.Added.Contains(option) ? Value(option, wiring) : null;

    private Wiring Wire(string[] arguments, string? version = "3.5.3", string? traceparent = null, string? uiUrl = null, string jar = "ours.jar") => new(
        new EffectiveConf(new SubmitArguments(arguments), folder.Path, variables.GetValueOrDefault),
        new SparkInstallation("/spark/bin/spark-submit", folder.Path, version), jar, "127.0.0.1:1", traceparent, uiUrl);
}
