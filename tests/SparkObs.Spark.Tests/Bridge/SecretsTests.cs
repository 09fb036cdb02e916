using System.Collections.Concurrent;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SparkObs.Cli;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Cli;
using SparkObs.Spark.Tests.Events;
using SparkObs.Spark.Tests.Export;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>
/// Recorded events with a secret at every place where a text of a user's or of Spark's can stand: no output has one. The secrets, in
/// all the forms that they come in, are those of tests/vectors/redaction.json.
/// </summary>
public sealed class SecretsTests : IDisposable
{
    /// <summary>OpenTelemetry's default limit, which backends expect.</summary>
    private const int MaxAttributes = 128;

    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("tests", "vectors", "redaction.json"))).RootElement;

    private static readonly string Secret = Vectors.GetProperty("secret").GetString()!;

    private static readonly string[] Secrets = [.. Vectors.GetProperty("secrets").EnumerateArray().Select(text => text.GetString()!)];

    /// <summary>Fields by which events find each other get the same secret each time.</summary>
    private static readonly string[] Identities = ["spark.jobGroup.id", "jobGroupId", "spark.job.tags", "jobTags", "jobTag", "sessionTags", "userId", "userName", "User", "App Name", "spark.app.name"];

    /// <summary>Tags are separated by commas, and have none.</summary>
    private static readonly string[] OneTag = [.. Secrets.Where(text => !text.Contains(','))];

    private static readonly string[] Texts =
    [
        "spark.job.description", "callSite.short", "callSite.long", "Stage Name", "Details", "details", "Failure Reason", "Description", "description",
        "physicalPlanDescription", "simpleString", "nodeName", "errorMessage", "Message", "Stack Trace", "Full Stack Trace", "Loss Reason", "Kill Reason",
        "Removed Reason", "Exception", "exception", "statementText", "watermark", "name", "spark.master", "spark.submit.deployMode", "spark.sql.warehouse.dir",
    ];

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("3.0.3-failures")]
    [InlineData("3.5.3-failures")]
    [InlineData("3.5.3-sql-aqe")]
    [InlineData("3.5.3-streaming")]
    [InlineData("4.3.0-connect")]
    [InlineData("4.3.0-failures-fetch")]
    public async Task No_output_has_a_secret(string log)
    {
        var lines = Poisoned(log, out var planted);
        Assert.True(planted > Secrets.Length, $"only {planted} places");
        var file = folder.Write("log", Encoding.UTF8.GetBytes(string.Join('\n', lines)));

        var outputs = new Dictionary<string, string>
        {
            ["live"] = await LiveAsync(lines),
            ["replay as a tree"] = await ReplayAsync("tree", file),
            ["replay as JSON"] = await ReplayAsync("otlp-json", file),
            ["replay to a collector"] = await ExportAsync(file),
        };

        Assert.All(outputs, output => Assert.Equal((output.Key, ""), (output.Key, Around(output.Value))));
        Assert.All(outputs, output => Assert.Contains("(redacted)", output.Value, StringComparison.Ordinal));
        foreach (var span in outputs["replay as JSON"].Split('\n').Where(line => line.StartsWith('{')).SelectMany(Spans))
            Assert.InRange(span.GetProperty("attributes").GetArrayLength(), 0, MaxAttributes);
    }

    private static IEnumerable<JsonElement> Spans(string line) => JsonDocument.Parse(line).RootElement
        .GetProperty("resourceSpans")[0].GetProperty("scopeSpans")[0].GetProperty("spans").EnumerateArray();

    /// <summary>Where the secret stands, or nothing.</summary>
    private static string Around(string output)
    {
        var at = output.IndexOf(Secret, StringComparison.Ordinal);
        return at < 0 ? "" : output[Math.Max(0, at - 150)..Math.Min(output.Length, at + 50)];
    }

    private static List<string> Poisoned(string log, out int planted)
    {
        var count = 0;
        using var compressed = File.OpenRead(Directory.GetFiles(CommandLine.Log(log)).Single());
        using var decompressed = new ZstdSharp.DecompressionStream(compressed);
        using var reader = new StreamReader(decompressed);
        var lines = reader.ReadToEnd().TrimEnd('\n').Split('\n').Select(line =>
        {
            var json = JsonNode.Parse(line)!;
            Plant(json);
            if (json["Spark Properties"] is JsonObject properties)
                properties["spark.my.password"] = Secret;
            return json.ToJsonString();
        }).ToList();
        planted = count;
        return lines;

        void Plant(JsonNode? node)
        {
            if (node is JsonArray array)
            {
                for (var i = 0; i < array.Count; i++)
                    Plant(array[i]);
            }
            if (node is not JsonObject json)
                return;
            foreach (var (name, value) in json.ToList())
            {
                if (value is JsonValue text && text.TryGetValue<string>(out var plain))
                {
                    if (Identities.Contains(name))
                        json[name] = plain + " " + OneTag[name.Length % OneTag.Length];
                    else if (Texts.Contains(name))
                        json[name] = plain + " " + Secrets[count++ % Secrets.Length];
                }
                else if (Identities.Contains(name) && value is JsonArray tags)
                {
                    tags.Add(OneTag[name.Length % OneTag.Length]);
                }
                else
                {
                    Plant(value);
                }
            }
        }
    }

    /// <summary>What <c>sparkobs listen</c> writes and says; the hello has a secret too.</summary>
    private async Task<string> LiveAsync(List<string> lines)
    {
        using var stop = new CancellationTokenSource();
        var notes = new ConcurrentQueue<string>();
        using var error = new Notes(notes);
        var spans = Path.Combine(folder.Path, "spans.jsonl");
        var socket = Path.Combine(folder.Path, "b.sock");
        var terminal = new Terminal { Out = TextWriter.Null, Error = error, OpenOutput = () => Stream.Null, Variable = name => name == "SPARKOBS_TOKEN" ? TestBridge.Token : null };
        var running = CommandRunner.RunAsync(
            new RootCommand { ListenCommand.Create(() => terminal) }, ["listen", "--listen-on", "unix:" + socket, "--output", "otlp-json", "-o", spans], terminal, stop.Token);
        await TestBridge.UntilAsync(() => !notes.IsEmpty || running.IsCompleted);
        using (var driver = await BridgeClient.ConnectAsync("unix:" + socket))
        {
            var name = JsonEncodedText.Encode("app " + Secrets[0]);
            await driver.SendAsync(BridgeClient.Hello("s").Replace("\"appName\":\"s\"", $"\"appName\":\"{name}\"", StringComparison.Ordinal));
            Assert.Contains("\"ok\":true", await driver.ReadLineAsync(), StringComparison.Ordinal);
            // No event of a place that has a name, cut in its middle, and one that cannot be read: each is told.
            await driver.SendAsync("{\"SparkObsSeq\":1,\"Event\":\"SparkListenerJobEnd\",\"Job ID\":\"password=" + Secret + "\"}\n");
            await driver.SendLinesAsync(lines.Select(Encoding.UTF8.GetBytes), 2);
            await driver.WaitForAcknowledgementAsync(lines.Count + 1);
        }
        await TestBridge.UntilAsync(() => notes.Any(note => note.Contains(" ended: ", StringComparison.Ordinal) || note.Contains(" is incomplete: ", StringComparison.Ordinal)));
        await stop.CancelAsync();
        await running;
        Assert.Contains(notes, note => note.Contains("line 1 cannot be read", StringComparison.Ordinal));
        return string.Join('\n', notes) + await File.ReadAllTextAsync(spans);
    }

    private static async Task<string> ReplayAsync(string output, string file)
    {
        var sparkobs = new CommandLine();
        await sparkobs.RunAsync("replay", "--tasks", "all", "--output", output, file);
        return sparkobs.Error + sparkobs.Output + Encoding.UTF8.GetString(sparkobs.OutputBytes);
    }

    private static async Task<string> ExportAsync(string file)
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        var sparkobs = new CommandLine();
        sparkobs.Variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        sparkobs.Variables["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=Bearer " + Secret;
        await sparkobs.RunAsync("replay", "--output", "otlp", "--endpoint", collector.Endpoint.GetLeftPart(UriPartial.Authority), file);
        return sparkobs.Error + string.Concat(collector.Received.Select(request => Encoding.UTF8.GetString(request.Body)));
    }

    private sealed class Notes(ConcurrentQueue<string> lines) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value) => lines.Enqueue(value ?? "");
    }
}
