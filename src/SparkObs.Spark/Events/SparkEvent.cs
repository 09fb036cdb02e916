namespace SparkObs.Spark.Events;

/// <summary>
/// One line of Spark's event log that SparkObs uses. A value that Spark did not write is null (or absent in
/// <see cref="TaskMetrics"/>), never zero. Times are milliseconds since the Unix epoch.
/// </summary>
internal abstract class SparkEvent;
