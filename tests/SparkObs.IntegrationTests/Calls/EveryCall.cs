using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Calls;

/// <summary>The job that makes every kind of call (samples/workloads/every_call.py), and ends with exit code 3.</summary>
internal static class EveryCall
{
    /// <summary>Those of spark-submit.</summary>
    public static string[] Arguments(SparkSubmit spark, string master, S3Server s3, PostgresServer postgres) =>
    [
        "--master", master, "--jars", string.Join(',', S3Server.Jars.Append(PostgresServer.Driver)), .. s3.Conf,
        SparkSubmit.Workload("every_call"), new Uri(Files(spark)).AbsoluteUri, S3Server.Bucket, postgres.JdbcUrl, "org.postgresql.Driver",
    ];

    /// <summary>The folder that it writes files into.</summary>
    public static string Files(SparkSubmit spark) => spark.PathOf("files");
}
