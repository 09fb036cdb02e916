namespace SparkObs.Spark;

/// <summary>
/// A setting of SparkObs is wrong. The message is one line: which setting, its value, what is valid. It never holds a secret.
/// </summary>
public sealed class SparkObsConfigurationException : Exception
{
    internal SparkObsConfigurationException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
