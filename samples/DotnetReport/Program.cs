// A job of .NET for Apache Spark in one trace: the program's spans, Spark's jobs and tasks below them, UDFs below the tasks, and the
// micro-batches of a stream. docs/microsoft-spark.md says how to submit it. Its argument is a folder to write to.
using Microsoft.Spark.Sql;
using SparkObs.Spark;
using static Microsoft.Spark.Sql.Functions;

var folder = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "dotnet-report");

await using var observability = SparkObservability.Start();
using var spark = SparkSession.Builder().AppName("dotnet report").WithSparkObs().GetOrCreate();

// In the worker: a span below the task that runs this.
var priceOf = Udf<long, double>(static id =>
{
    using var task = SparkObsTask.Start("lookup");
    task.Activity?.SetTag("order.id", id);
    return 9.5 + (id % 7);
});

using (spark.StartActivity("daily report"))
{
    spark.Range(0, 8, 1, 2).WithColumn("price", priceOf(Col("id"))).CreateOrReplaceTempView("orders");
    spark.Trace(() => spark.Sql("SELECT id % 2 AS region, sum(price) AS total FROM orders GROUP BY 1").Write().Mode("overwrite").Parquet(Path.Combine(folder, "totals")), "totals");

    // No job, but a SQL execution: it finds its caller by the tag.
    spark.Sql("CREATE OR REPLACE TEMPORARY VIEW cheap AS SELECT * FROM orders WHERE price < 12");
}

// Threads of their own: the jobs of each stand below its own span.
var regions = Enumerable.Range(1, 32).Select(region => new Thread(() =>
    spark.Trace(() => spark.Range(0, 1000 * region, 1, 2).Count(), $"region {region}"))).ToList();
regions.ForEach(thread => thread.Start());
regions.ForEach(thread => thread.Join());

// After an await the action runs on whatever thread it is: traced by itself, it is below its own span all the same.
await Task.WhenAll(Enumerable.Range(1, 8).Select(async week =>
{
    await Task.Delay(10 * week);
    spark.Trace(() => spark.Range(0, 500 * week, 1, 2).Count(), $"week {week}");
    await Task.Yield();
    spark.Trace(() => spark.Range(0, 700 * week, 1, 2).Count(), $"week {week} again");
}));

var batches = 0;
var stream = spark.ReadStream().Format("rate").Option("rowsPerSecond", 20).Load().WriteStream()
    .QueryName("rates")
    .TraceForeachBatch((batch, _) =>
    {
        Console.WriteLine($"a batch of {batch.Count()} rows");
        batches++;
    })
    .Start();
for (var waited = 0; batches < 3 && waited < 60; waited++)
    stream.AwaitTermination(1000);
stream.Stop();
spark.Stop();
