namespace SparkObs.Spark.Export;

/// <summary>
/// The collector took nothing for longer than <see cref="OtlpOptions.GiveUpAfter"/>. The message is one line: endpoint, how long,
/// the last error, spans delivered and not delivered.
/// </summary>
internal sealed class CollectorUnreachableException(string message) : Exception(message);
