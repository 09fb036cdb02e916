namespace SparkObs.Spark.Export;

/// <summary>A setting of the export is wrong. The message is one line: which setting, its value, what is valid. Never a secret.</summary>
internal sealed class ExportConfigurationException(string message) : Exception(message);
