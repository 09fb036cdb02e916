using System.Diagnostics;
using Serilog;
using SparkObs.Spark;

// A program without a host and without OpenTelemetry of its own, for tests of how programs end: it starts SparkObs and a log, never disposes
// them, runs spark-submit with a job that says "running" by a file, and then waits, throws, or ends.
//   SparkObs.PlainProgram wait|throw|end JOB RUNNING
var observability = SparkObservability.Start();
var log = new LoggerConfiguration().SparkObs().CreateLogger();
var conf = observability.SparkConf
    .Append(new("spark.plugins", "io.sparkobs.SparkObsPlugin"))
    .Append(new("spark.jars", Path.Combine(AppContext.BaseDirectory, "sparkobs-shim.jar")))
    .Append(new("spark.ui.enabled", "false"));
var submit = Path.Combine(Environment.GetEnvironmentVariable("SPARK_HOME")!, "bin", "spark-submit");
var spark = Process.Start(submit, ["--master", "local[2]", .. conf.SelectMany(pair => new[] { "--conf", $"{pair.Key}={pair.Value}" }), args[1], args[2]]);
Console.WriteLine($"spark {spark.Id}");
while (!File.Exists(args[2]) && !spark.HasExited)
    Thread.Sleep(20);
log.Warning("The job runs");
Console.WriteLine("running");
switch (args[0])
{
    case "throw":
        throw new InvalidOperationException("the report cannot be made: password=hunter2");
    case "wait":
        Thread.Sleep(TimeSpan.FromMinutes(3));
        break;
}
