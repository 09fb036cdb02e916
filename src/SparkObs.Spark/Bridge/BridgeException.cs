namespace SparkObs.Spark.Bridge;

/// <summary>The bridge cannot be started as it was asked to. The message is one line: the setting, its value, the way out. Never a secret.</summary>
internal sealed class BridgeException(string message, Exception? inner = null) : Exception(message, inner);
