using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Calls;

/// <summary><c>spark.sparkobs.calls</c> in a job that makes every kind of call: what it names is seen, and nothing else; a word that is none is said.</summary>
public sealed class ChosenCallsTests
{
    [LiveFact("postgresql")]
    public async Task Only_what_is_named_is_seen()
    {
        await using var s3 = await S3Server.StartAsync();
        await using var postgres = await PostgresServer.StartAsync();
        using var spark = new SparkSubmit("3.5.3");
        var arguments = EveryCall.Arguments(spark, "local[2]", s3, postgres);
        var plain = await spark.PlainAsync(arguments);
        Assert.True(plain.ExitCode == 3, plain.Error);

        await CheckAsync("none", []);
        await CheckAsync("jdbc,fs:s3a", ["s3"], "spark.sparkobs.calls = jdbc,fs:s3a is not used (\"fs:s3a\" is none of");
        await CheckAsync("fs:file,everything", ["s3"], "spark.sparkobs.calls = fs:file,everything is not used (\"everything\" is none of");
        await CheckAsync("jdbc,fs:nosuch", ["jdbc"], "recording calls of fs:nosuch failed, and goes on without");

        async Task CheckAsync(string calls, string[] kinds, string? said = null)
        {
            var spans = spark.PathOf("spans.jsonl");
            File.Delete(spans);
            var run = await spark.TracedAsync(["--output", "otlp-json", "-o", spans], ["--conf", $"spark.sparkobs.calls={calls}", .. arguments]);

            Assert.Equal((calls, plain.ExitCode, plain.Output), (calls, run.ExitCode, run.Output));
            Assert.Equal(kinds, SeenCalls.Kinds(spans));
            var notes = run.Error.Split('\n').Where(line => line.Contains("is not used", StringComparison.Ordinal) || line.Contains("goes on without", StringComparison.Ordinal)).ToArray();
            if (said is null)
                Assert.Empty(notes);
            else
                Assert.Contains(said, Assert.Single(notes), StringComparison.Ordinal);
        }
    }
}
