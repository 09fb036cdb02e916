using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Calls;

/// <summary>JDBC calls on Spark 4: by Spark's own providers, and by the driver that is named.</summary>
public sealed class JdbcOnSpark4Tests
{
    [LiveTheory("postgresql")]
    [InlineData("org.postgresql.Driver")]
    [InlineData("io.sparkobs.calls.TracingDriver")]
    public async Task Every_statement_is_a_call(string driver)
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var spark = new SparkSubmit("4.3.0");
        var (script, spans) = (spark.PathOf("job.py"), spark.PathOf("spans.jsonl"));
        await File.WriteAllTextAsync(script, """
            import sys
            from pyspark.sql import SparkSession
            spark = SparkSession.builder.appName("jdbc").getOrCreate()
            # The driver's connections are recorded once Spark's listeners have heard of its first SQL execution.
            spark.range(1).count()
            spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()
            options = dict(url=sys.argv[1], driver=sys.argv[2], dbtable="numbers")
            spark.range(0, 50, 1, 2).write.format("jdbc").options(**options).mode("overwrite").save()
            read = spark.read.format("jdbc").options(**options, partitionColumn="id", lowerBound=0, upperBound=50, numPartitions=2).load()
            print(read.where("id > 9").count())
            spark.stop()
            """);

        var run = await spark.TracedAsync(
            ["--output", "otlp-json", "-o", spans],
            ["--master", "local-cluster[2,1,1024]", "--conf", "spark.sparkobs.calls=jdbc", "--jars", PostgresServer.Driver, script, postgres.JdbcUrl, driver]);

        Assert.Equal((0, "40\n"), (run.ExitCode, run.Output));
        var trace = new CallTrace(OtlpSpans.Read(spans));
        Assert.DoesNotContain(trace.Calls, call => call.Error is not null);
        Expected.AssertStatements(postgres, trace);
        Assert.Equal(["BATCH INSERT numbers: 2", "CREATE TABLE numbers: 1", "SELECT numbers: 5", "commit: 4", "connect: 8"], Expected.Counts(trace.Jdbc));
        Assert.DoesNotContain(trace.Calls, call => call.All.Contains("not-a-secret", StringComparison.Ordinal));
    }
}
