namespace SparkObs.Spark.Logging;

/// <summary>The process's standard output.</summary>
internal sealed class StandardOutput : ILineTarget
{
    private readonly Stream stream = Console.OpenStandardOutput();

    public string Display => "standard output";

    public int Write(ReadOnlySpan<byte> lines)
    {
        stream.Write(lines);
        return lines.Length;
    }

    public void Dispose() => stream.Dispose();
}
