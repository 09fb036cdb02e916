using System.Diagnostics;

namespace SparkObs.Spark.Tests;

public sealed class WithSparkObsTests : IDisposable
{
    private readonly FakeJvm jvm = new();
    private readonly List<string> notices = [];

    public WithSparkObsTests() => Plugin.Notice = notices.Add;

    public void Dispose() => jvm.Dispose();

    [Fact]
    public void The_plugin_is_added()
    {
        var builder = jvm.Builder;
        Assert.Same(builder, builder.WithSparkObs());
        Assert.Equal([new("spark.plugins", "io.sparkobs.SparkObsPlugin")], builder.Options);
        Assert.Empty(notices);
    }

    [Theory]
    [InlineData("com.example.Own", null, "com.example.Own,io.sparkobs.SparkObsPlugin")]
    [InlineData(null, "com.example.Own, com.example.Other", "com.example.Own,com.example.Other,io.sparkobs.SparkObsPlugin")]
    [InlineData("com.example.Own", "com.example.Other", "com.example.Own,io.sparkobs.SparkObsPlugin")]
    [InlineData(null, "io.sparkobs.SparkObsPlugin,com.example.Own", "io.sparkobs.SparkObsPlugin,com.example.Own")]
    public void Plugins_that_are_there_stay(string? told, string? submitted, string expected)
    {
        var builder = jvm.Builder;
        if (told is not null)
            builder.Config("spark.plugins", told);
        if (submitted is not null)
            jvm.Conf["spark.plugins"] = submitted;
        Assert.Equal(expected, builder.WithSparkObs().Options["spark.plugins"]);
    }

    [Fact]
    public void On_Spark_3_0_it_is_the_listener()
    {
        jvm.SparkVersion = "3.0.3";
        jvm.Conf["spark.extraListeners"] = "com.example.Own";
        Assert.Equal([new("spark.extraListeners", "com.example.Own,io.sparkobs.SparkObsListener")], jvm.Builder.WithSparkObs().Options);
    }

    [Fact]
    public void Without_the_class_nothing_is_changed_and_it_says_so()
    {
        jvm.Classes.Clear();
        var builder = jvm.Builder.Config("spark.plugins", "com.example.Own");
        builder.WithSparkObs();
        Assert.Equal([new("spark.plugins", "com.example.Own")], builder.Options);
        Assert.Equal(["the driver's JVM has no sparkobs-shim.jar: the application runs without traces. Add it by --jars, or to $SPARK_HOME/jars."], notices);
    }

    [Fact]
    public void A_jvm_that_fails_changes_nothing_either()
    {
        jvm.Failure = new IOException("the backend is gone");
        Assert.Empty(jvm.Builder.WithSparkObs().Options);
        Assert.Equal(["adding SparkObs's plugin failed, and goes on without: the backend is gone"], notices);
    }

    [Fact]
    public async Task Endpoint_token_and_caller_go_with_it()
    {
        await using var observability = SparkObservability.Start(new SparkObsOptions { OtlpEndpoint = "http://127.0.0.1:1", FlushTimeout = TimeSpan.Zero, Notice = _ => { } });
        using var caller = new Activity("nightly") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();

        var options = jvm.Builder.WithSparkObs().Options;

        var tokenFile = options["spark.sparkobs.token.file"];
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["spark.plugins"] = "io.sparkobs.SparkObsPlugin",
                ["spark.sparkobs.endpoint"] = observability.Endpoint,
                ["spark.sparkobs.token.file"] = tokenFile,
                ["spark.sparkobs.traceparent"] = caller.Id!,
            },
            options);
        Assert.Equal(observability.Token, (await File.ReadAllTextAsync(tokenFile)).Trim());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(tokenFile));
    }
}
