using SparkObs.Spark.Export;
using SparkObs.Spark.Logging;

namespace SparkObs.Spark.Tests.Logging;

public class LogSettingsTests
{
    [Fact]
    public void Defaults()
    {
        var settings = Read(new());
        Assert.Equal((null, 100L << 20, 10, 0.1, 0.0, null), (settings.File, settings.FileBytes, settings.Files, settings.InformationRate, settings.DebugRate, settings.Otlp));
    }

    [Fact]
    public void Variables_and_options_that_win_over_them()
    {
        (string, string)[] variables =
            [("SPARKOBS_LOG_FILE", "/var/log/a.clef"), ("SPARKOBS_LOG_FILE_BYTES", "64K"), ("SPARKOBS_LOG_FILES", "3"), ("SPARKOBS_LOG_INFORMATION_RATE", "0.25"), ("SPARKOBS_LOG_DEBUG_RATE", "1")];
        var told = Read(new(), variables);
        Assert.Equal(("/var/log/a.clef", 65536L, 3, 0.25, 1.0), (told.File, told.FileBytes, told.Files, told.InformationRate, told.DebugRate));
        var set = Read(new() { File = "b", FileBytes = 1 << 20, Files = 2, InformationRate = 1, DebugRate = 0 }, variables);
        Assert.Equal(("b", 1L << 20, 2, 1.0, 0.0), (set.File, set.FileBytes, set.Files, set.InformationRate, set.DebugRate));
    }

    [Theory]
    [InlineData("SPARKOBS_LOG_FILE_BYTES", "1k", "a number of bytes from 64k on, such as 100m or 1g")]
    [InlineData("SPARKOBS_LOG_FILES", "1", "2 to 10000")]
    [InlineData("SPARKOBS_LOG_INFORMATION_RATE", "10%", "a number from 0 to 1, such as 0.1")]
    [InlineData("SPARKOBS_LOG_DEBUG_RATE", "-1", "a number from 0 to 1, such as 0.1")]
    [InlineData("OTEL_LOGS_EXPORTER", "console", "otlp or none")]
    public void A_wrong_variable_is_named_with_what_is_right(string name, string value, string valid) =>
        Assert.Equal($"{name}: '{value}' is not supported; use {valid}.", Assert.Throws<SparkObsConfigurationException>(() => Read(new(), (name, value))).Message);

    [Fact]
    public void A_wrong_option_is_named_with_what_is_right()
    {
        Assert.Equal("FileBytes: '1' is not supported; use 65536 bytes or more.", Assert.Throws<SparkObsConfigurationException>(() => Read(new() { FileBytes = 1 })).Message);
        Assert.Equal("Files: '1' is not supported; use 2 to 10000.", Assert.Throws<SparkObsConfigurationException>(() => Read(new() { Files = 1 })).Message);
        Assert.Equal("InformationRate: '1.5' is not supported; use a number from 0 to 1.", Assert.Throws<SparkObsConfigurationException>(() => Read(new() { InformationRate = 1.5 })).Message);
        Assert.Equal("DebugRate: 'NaN' is not supported; use a number from 0 to 1.", Assert.Throws<SparkObsConfigurationException>(() => Read(new() { DebugRate = double.NaN })).Message);
    }

    [Theory]
    [InlineData("http://c:4317/", OtlpProtocol.Grpc, "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317")]
    [InlineData("http://c:4318/v1/logs", OtlpProtocol.HttpProtobuf, "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf")]
    [InlineData("http://loki:3100/otlp/v1/logs", OtlpProtocol.HttpProtobuf, "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=http://loki:3100/otlp/v1/logs", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/protobuf")]
    [InlineData(null, default(OtlpProtocol), "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "OTEL_LOGS_EXPORTER=none")]
    [InlineData(null, default(OtlpProtocol), "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c:4318", "OTEL_LOGS_EXPORTER=otlp")]
    public void Logs_go_where_the_standard_variables_say(string? endpoint, object protocol, params string[] variables)
    {
        var otlp = Read(new(), [.. variables.Select(variable => (variable.Split('=', 2)[0], variable.Split('=', 2)[1]))]).Otlp;
        Assert.Equal(endpoint, otlp?.Endpoint.ToString());
        Assert.Equal((OtlpProtocol)protocol, otlp?.Protocol ?? default);
    }

    [Fact]
    public void A_wrong_endpoint_is_a_wrong_setting() =>
        Assert.Throws<SparkObsConfigurationException>(() => Read(new() { OtlpEndpoint = "nowhere" }));

    private static LogSettings Read(SparkObsLogOptions options, params (string Name, string Value)[] variables) =>
        LogSettings.Read(options, name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
