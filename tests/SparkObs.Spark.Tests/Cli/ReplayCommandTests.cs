using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SparkObs.Cli;
using SparkObs.Cli.Replay;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Bridge;
using SparkObs.Spark.Tests.Events;
using SparkObs.Spark.Tests.Export;

namespace SparkObs.Spark.Tests.Cli;

public sealed class ReplayCommandTests : IDisposable
{
    private static readonly string Log = CommandLine.Log("3.5.3-failures");

    private readonly TempFolder folder = new();
    private readonly CommandLine sparkobs = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("sparkobs: Required argument 'PATH' missing for command: 'replay'. (sparkobs replay --help)", "replay")]
    [InlineData("sparkobs: Unknown option '--nope'; a file of that name is ./--nope. (sparkobs replay --help)", "replay", "--nope", "a")]
    [InlineData("sparkobs: Argument 'xml' not recognized. Must be one of: 'otlp' 'otlp-json' 'tree' (sparkobs replay --help)", "replay", "--output", "xml", "a")]
    [InlineData("sparkobs: --timeout: '5x' is no duration; write 500ms, 30s, 5m or 1h. (sparkobs replay --help)", "replay", "--timeout", "5x", "a")]
    [InlineData("sparkobs: --endpoint needs --output otlp: other outputs send nothing", "replay", "--endpoint", "http://a", "a")]
    [InlineData("sparkobs: -o has no meaning with --output otlp: spans go to the collector. Use --output otlp-json for a file", "replay", "--output", "otlp", "-o", "x", "a")]
    [InlineData("sparkobs: - is given twice: standard input can be read once", "replay", "-", "-")]
    [InlineData("sparkobs: /nowhere/at/all: no such file or directory", "replay", "/nowhere/at/all")]
    [InlineData("sparkobs: /nowhere/\\u{1b}[31mred: no such file or directory", "replay", "/nowhere/\u001b[31mred")]
    public async Task Wrong_usage_is_one_line_and_code_2(string line, params string[] args)
    {
        Assert.Equal(2, await sparkobs.RunAsync(args));
        Assert.Equal(line + Environment.NewLine, sparkobs.Error);
        Assert.Equal("", sparkobs.Output);
    }

    [Fact]
    public async Task Inputs_that_are_no_event_log_are_named_with_their_reason()
    {
        var empty = folder.Write("a/empty", []);
        var text = folder.Write("b/notes.txt", "hello"u8);
        Directory.CreateDirectory(Path.Combine(folder.Path, "c"));
        Assert.Equal(2, await sparkobs.RunAsync("replay", empty, text, Path.Combine(folder.Path, "c")));
        Assert.Equal(
            $"sparkobs: {empty} is empty\nsparkobs: {text} is not a Spark event log\nsparkobs: {Path.Combine(folder.Path, "c")} holds no event logs\n",
            sparkobs.Error.ReplaceLineEndings("\n"));
    }

    [LogTheory]
    [InlineData("spool", 0, 0)]
    [InlineData("journal", 5, 4)]
    public async Task A_spool_or_journal_is_replayed_and_says_what_is_missing(string kind, int missing, int code)
    {
        var lines = TestLogs.Lines("3.5.3/failures").Select((line, i) => BridgeClient.Numbered(i + 1, line)).ToList();
        lines.RemoveRange(40, missing);
        var run = Path.Combine(folder.Path, "app-1");
        folder.Write($"app-1/{kind}-000001.jsonl", lines.Take(70).SelectMany(line => line).ToArray());
        folder.Write($"app-1/{kind}-000002.jsonl", lines.Skip(70).SelectMany(line => line).ToArray());
        folder.Write("app-1/session.json", "{}"u8);
        folder.Write("app-1/lock", ""u8);

        Assert.Equal(code, await sparkobs.RunAsync("replay", "--output", "otlp-json", folder.Path));

        var spans = Encoding.UTF8.GetString(sparkobs.OutputBytes).Split('\n', StringSplitOptions.RemoveEmptyEntries).SelectMany(line => JsonDecoder.Decode(Encoding.UTF8.GetBytes(line)).Spans).ToList();
        var application = spans.Single(span => span.Name == "application");
        Assert.Equal(missing > 0, application.Attributes.Contains("sparkobs.incomplete", StringComparison.Ordinal));
        Assert.Equal(missing > 0 ? [$"sparkobs: {run}: 5 lines of it are missing"] : [], sparkobs.Error.Split('\n').Where(line => line.Contains("missing", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_bad_path_among_several_is_reported_and_the_others_are_replayed()
    {
        Assert.Equal(2, await sparkobs.RunAsync("replay", "/nowhere", Log));
        Assert.Equal("sparkobs: /nowhere: no such file or directory" + Environment.NewLine, sparkobs.Error);
        Screens.Equal("3.5.3-failures", sparkobs.Output);
    }

    [Fact]
    public async Task Unreadable_lines_are_counted_and_their_text_is_not_shown()
    {
        var lines = await LinesAsync();
        for (var i = 20; i < 28; i++)
            lines[i] = "secret-" + lines[i];
        var log = folder.Write("app", Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        Assert.Equal(4, await sparkobs.RunAsync("replay", log));
        var notes = sparkobs.Error.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.Equal(6, notes.Length);
        Assert.All(notes[..5].Select((note, i) => (note, i)), at => Assert.StartsWith($"sparkobs: unreadable: app, line {at.i + 21}: ", at.note, StringComparison.Ordinal));
        Assert.Equal($"sparkobs: {log}: 3 more unreadable lines", notes[5]);
        Assert.DoesNotContain("secret", sparkobs.Error + sparkobs.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_is_cut_off_is_drawn_as_far_as_it_goes()
    {
        var whole = await File.ReadAllBytesAsync(Directory.GetFiles(CommandLine.Log("4.3.0-connect")).Single());
        var log = folder.Write("app.zstd", whole.AsSpan(0, whole.Length * 2 / 3));
        Assert.Equal(4, await sparkobs.RunAsync("replay", log));
        Assert.Contains($"sparkobs: not read to its end: app.zstd: the zstd frame is cut off at byte {whole.Length * 2 / 3}", sparkobs.Error, StringComparison.Ordinal);
        Assert.Contains("INCOMPLETE after ", sparkobs.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Otlp_json_goes_to_standard_output_or_the_same_bytes_into_a_file()
    {
        var file = Path.Combine(folder.Path, "spans.jsonl");
        Assert.Equal(0, await sparkobs.RunAsync("replay", "--output", "otlp-json", Log));
        Assert.Equal(0, await new CommandLine().RunAsync("replay", "--output", "otlp-json", "-o", file, Log));
        Assert.Equal(await File.ReadAllBytesAsync(file), sparkobs.OutputBytes);
        Assert.Equal("", sparkobs.Output);
        Assert.EndsWith($"trace b8ad724468e184b83588932cd1aab808{Environment.NewLine}", sparkobs.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tree")]
    [InlineData("otlp-json")]
    public async Task A_full_disk_is_said_and_code_1(string output)
    {
        if (!File.Exists("/dev/full"))
            return; // no such device outside Linux
        Assert.Equal(1, await sparkobs.RunAsync("replay", "--output", output, "-o", "/dev/full", Log));
        Assert.StartsWith("sparkobs: cannot write /dev/full: ", sparkobs.Error.Split('\n')[^2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spans_reach_a_collector_and_the_summary_says_so()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.Grpc);
        var endpoint = collector.Endpoint.GetLeftPart(UriPartial.Authority);
        Assert.Equal(0, await sparkobs.RunAsync("replay", "--output", "otlp", "--endpoint", endpoint, Log, CommandLine.Log("3.5.3-streaming")));
        var spans = collector.Accepted.Count;
        Assert.Equal(spans, collector.Accepted.Distinct().Count());
        Assert.Equal(
            [
                $"sparkobs: {Directory.GetFiles(Log).Single()}: trace b8ad724468e184b83588932cd1aab808",
                $"sparkobs: {Directory.GetFiles(CommandLine.Log("3.5.3-streaming")).Single()}: trace 1cd6813047e083ea1b7e7e6b3ea85357 and 16 of streaming batches or Connect operations",
                $"sparkobs: 2 applications, {spans.ToString(CultureInfo.InvariantCulture)} spans exported to {endpoint}/, 0 refused",
            ],
            sparkobs.Error.TrimEnd().ReplaceLineEndings("\n").Split('\n'));
    }

    [Fact]
    public async Task Refused_spans_are_code_4()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Answer = static (_, _) => new Answer { Http = 400 };
        sparkobs.Variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        sparkobs.Variables["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = collector.Endpoint.ToString();
        Assert.Equal(4, await sparkobs.RunAsync("replay", "--output", "otlp", Log));
        var refused = collector.Received.Sum(request => request.Spans.Count);
        Assert.EndsWith($"0 spans exported to {collector.Endpoint}, {refused} refused{Environment.NewLine}", sparkobs.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_is_not_there_is_code_3()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        Assert.Equal(3, await sparkobs.RunAsync("replay", "--output", "otlp", "--endpoint", $"http://127.0.0.1:{port}", "--timeout", "300ms", Log));
        Assert.Contains($"sparkobs: http://127.0.0.1:{port}/ took no spans for", sparkobs.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--endpoint", "nonsense")]
    [InlineData("--endpoint", "ftp://a")]
    public async Task A_wrong_endpoint_is_code_2(string option, string value)
    {
        Assert.Equal(2, await sparkobs.RunAsync("replay", "--output", "otlp", option, value, Log));
        Assert.StartsWith($"sparkobs: --endpoint: '{value}' is not supported", sparkobs.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_resource_attributes_are_code_2()
    {
        sparkobs.Variables["OTEL_RESOURCE_ATTRIBUTES"] = "team=data,oops";
        Assert.Equal(2, await sparkobs.RunAsync("replay", Log));
        Assert.Equal($"sparkobs: OTEL_RESOURCE_ATTRIBUTES: 'oops' has no key; write key=value,key=value{Environment.NewLine}", sparkobs.Error);
    }

    [Fact]
    public async Task A_log_is_not_overwritten_by_its_own_tree()
    {
        var log = folder.Write("app", Encoding.UTF8.GetBytes(string.Join('\n', await LinesAsync())));
        var before = await File.ReadAllBytesAsync(log);
        Assert.Equal(2, await sparkobs.RunAsync("replay", "-o", Path.Combine(folder.Path, ".", "app"), log));
        Assert.Equal(before, await File.ReadAllBytesAsync(log));
    }

    [Fact]
    public async Task The_help_lists_each_exit_code()
    {
        Assert.Equal(0, await sparkobs.RunAsync("replay", "--help"));
        Assert.All(Enum.GetValues<ExitCode>(), code => Assert.Matches($"(?m)^  {(int)code} +[a-z]", sparkobs.Output));
    }

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("1.5m", 90_000)]
    [InlineData("2h", 7_200_000)]
    [InlineData("7", 7_000)]
    public void Durations_are_read(string text, long milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0s")]
    [InlineData("-1s")]
    [InlineData("5 s")]
    [InlineData("ms")]
    [InlineData("1sm")]
    [InlineData("999999h")]
    public void Other_texts_are_no_durations(string text) => Assert.False(DurationText.TryParse(text, out _));

    private static async Task<List<string>> LinesAsync()
    {
        await using var file = File.OpenRead(Directory.GetFiles(Log).Single());
        await using var text = new ZstdSharp.DecompressionStream(file);
        using var reader = new StreamReader(text);
        return [.. (await reader.ReadToEndAsync()).TrimEnd('\n').Split('\n')];
    }
}
