namespace SparkObs.Spark.Logging;

/// <summary>A file or a stream that takes lines.</summary>
internal interface ILineTarget : IDisposable
{
    /// <summary>What users know it by.</summary>
    string Display { get; }

    /// <summary>Writes whole lines, the first one or more of these.</summary>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="IOException">It does not work now; nothing was written, as far as the target can take it back.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    int Write(ReadOnlySpan<byte> lines);
}
