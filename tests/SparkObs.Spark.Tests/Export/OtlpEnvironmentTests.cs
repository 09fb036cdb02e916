using SparkObs.Spark.Export;

namespace SparkObs.Spark.Tests.Export;

public class OtlpEnvironmentTests
{
    [Fact]
    public void Nothing_set_gives_a_local_collector_over_gRPC() =>
        Assert.Equal(new OtlpOptions(), Read());

    [Theory]
    [InlineData(null, null, null, "http://localhost:4317/")]
    [InlineData("http/protobuf", null, null, "http://localhost:4318/v1/traces")]
    [InlineData("http/protobuf", "https://c:1", null, "https://c:1/v1/traces")]
    [InlineData("http/protobuf", "https://c:1/otlp/", null, "https://c:1/otlp/v1/traces")]
    [InlineData("http/protobuf", "https://c:1/v1/traces", null, "https://c:1/v1/traces/v1/traces")]
    [InlineData("http/protobuf", "https://c:1/?key=x", null, "https://c:1/v1/traces?key=x")]
    [InlineData("http/protobuf", "https://c:1", "https://t:2/own", "https://t:2/own")]
    [InlineData("http/protobuf", "https://c:1", "https://t:2", "https://t:2/")]
    [InlineData("grpc", "https://c:1", null, "https://c:1/")]
    [InlineData("grpc", "https://c:1", "https://t:2", "https://t:2/")]
    [InlineData("grpc", "  ", "", "http://localhost:4317/")]
    public void Endpoint_comes_from_the_variables(string? protocol, string? general, string? traces, string endpoint) =>
        Assert.Equal(endpoint, Read(null,
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", general),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces)).Endpoint.AbsoluteUri);

    [Theory]
    [InlineData("grpc", "http://told:5", "http://told:5/")]
    [InlineData("http/protobuf", "http://told:5", "http://told:5/v1/traces")]
    [InlineData("http/protobuf", "http://told:5/v1/traces", "http://told:5/v1/traces")]
    public void Endpoint_of_the_caller_wins(string protocol, string told, string endpoint) =>
        Assert.Equal(endpoint, Read(told,
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://t:2/own")).Endpoint.AbsoluteUri);

    [Fact]
    public void Variables_of_traces_win_over_the_general_ones()
    {
        var options = Read(null,
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "none"), ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"), ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2500"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=general"), ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=traces"));

        Assert.Equal(OtlpProtocol.HttpProtobuf, options.Protocol);
        Assert.True(options.Gzip);
        Assert.Equal(TimeSpan.FromMilliseconds(2500), options.Timeout);
        Assert.Equal([new("a", "traces")], options.Headers);
    }

    [Theory]
    [InlineData(null, 1L << 30)]
    [InlineData("16777216", 16L << 20)]
    [InlineData("20480k", 20L << 20)]
    [InlineData("512M", 512L << 20)]
    [InlineData("3g", 3L << 30)]
    public void Queue_has_its_own_variables(string? bytes, long expected)
    {
        var options = Read(null, ("SPARKOBS_QUEUE_DIR", "/var/lib/sparkobs/queue"), ("SPARKOBS_QUEUE_BYTES", bytes));

        Assert.Equal(("/var/lib/sparkobs/queue", expected), (options.QueueDirectory, options.QueueBytes));
    }

    [Theory]
    [InlineData("1m")]
    [InlineData("g")]
    [InlineData("-1g")]
    [InlineData("1.5g")]
    [InlineData("1gb")]
    [InlineData("9999999999999g")]
    public void Queue_of_a_wrong_size_is_an_error(string bytes) =>
        Assert.Equal(
            $"SPARKOBS_QUEUE_BYTES: '{bytes}' is not supported; use a number of bytes from 16m on, such as 512m or 1g.",
            Assert.Throws<ExportConfigurationException>(() => Read(null, ("SPARKOBS_QUEUE_BYTES", bytes))).Message);

    [Fact]
    public void Headers_are_percent_decoded() =>
        Assert.Equal(
            [new("authorization", "Basic a=b, c"), new("x-tenant", "t")],
            Read(null, ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Basic%20a=b%2C%20c, x-tenant=t ,")).Headers);

    [Fact]
    public void User_and_password_of_an_endpoint_are_not_kept() =>
        Assert.Equal("http://c:1/", Read(null, ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:secret@c:1")).Endpoint.AbsoluteUri);

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json",
        "OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' is not supported; use grpc or http/protobuf.")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "zstd",
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'zstd' is not supported; use gzip or none.")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "10s",
        "OTEL_EXPORTER_OTLP_TIMEOUT: '10s' is not supported; use a number of milliseconds above 0.")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "0",
        "OTEL_EXPORTER_OTLP_TIMEOUT: '0' is not supported; use a number of milliseconds above 0.")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317",
        "OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4317' is not supported; use an address such as http://localhost:4317 (gRPC) or https://host:4318 (HTTP).")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://user:secret@host?key=secret",
        "OTEL_EXPORTER_OTLP_ENDPOINT: '…@host' is not supported; use an address such as http://localhost:4317 (gRPC) or https://host:4318 (HTTP).")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a=1,secret",
        "OTEL_EXPORTER_OTLP_HEADERS: entry 2 has no '='; use key=value,key=value with percent-encoded values.")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a b=secret",
        "OTEL_EXPORTER_OTLP_HEADERS: entry 1 has a name that no header may have; use key=value,key=value with percent-encoded values.")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a=secret%0A",
        "OTEL_EXPORTER_OTLP_HEADERS: entry 1 has a value with characters that no header may have; use key=value,key=value with percent-encoded values.")]
    [InlineData("OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem",
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY: both or neither must be set.")]
    public void Wrong_value_is_one_error_that_says_what_is_right(string variable, string value, string message) =>
        Assert.Equal(message, Assert.Throws<ExportConfigurationException>(() => Read(null, (variable, value))).Message);

    [Fact]
    public void Certificate_that_cannot_be_read_is_an_error_with_its_path() =>
        Assert.StartsWith("OTEL_EXPORTER_OTLP_CERTIFICATE: cannot read '/nowhere/ca.pem': ",
            Assert.Throws<ExportConfigurationException>(() => Read(null, ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem"))).Message,
            StringComparison.Ordinal);

    private static OtlpOptions Read(string? told = null, params (string Name, string? Value)[] variables) =>
        OtlpEnvironment.Read(name => variables.FirstOrDefault(v => v.Name == name).Value, told);
}
