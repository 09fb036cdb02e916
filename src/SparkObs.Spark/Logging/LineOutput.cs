using Serilog.Events;

namespace SparkObs.Spark.Logging;

/// <summary>Lines of CLEF, to a file or to standard output. What cannot be written is counted, and told once; each batch tries again.</summary>
/// <param name="target">Where whole lines go.</param>
/// <param name="resource">Who writes them.</param>
/// <param name="tally">What becomes of them.</param>
internal sealed class LineOutput(ILineTarget target, LogResource resource, LogTally tally) : ILogOutput
{
    /// <summary>One write; of a full disk's write all lines are lost.</summary>
    private const int ChunkBytes = 32 * 1024;

    private readonly ClefLines lines = new(resource);

    public LogTally Tally => tally;

    public void Write(ReadOnlySpan<LogEvent> events)
    {
        foreach (var e in events)
        {
            try
            {
                lines.Add(e);
            }
            catch (Exception problem)
            {
                tally.AddDropped(1, "unwritable value");
                tally.Say($"a log line could not be formatted ({problem.GetType().Name}: {problem.Message}): {e.MessageTemplate.Text}");
            }
            if (lines.Bytes.Length >= ChunkBytes)
                WriteLines();
        }
        WriteLines();
    }

    public void Abandon()
    {
    }

    public void Dispose() => target.Dispose();

    private void WriteLines()
    {
        if (lines.Count == 0)
            return;
        var left = lines.Bytes;
        try
        {
            while (left.Length > 0)
            {
                var written = target.Write(left);
                tally.AddWritten(left[..written].Count((byte)'\n'));
                left = left[written..];
            }
            tally.End(target.Display);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            tally.Begin($"{target.Display} takes no log lines ({e.Message}); they are lost until it does.");
            tally.AddDropped(left.Count((byte)'\n'), "not writable");
        }
        finally
        {
            lines.Clear();
        }
    }
}
