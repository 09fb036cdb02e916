using Serilog.Events;

namespace SparkObs.Spark.Logging;

/// <summary>Lines of CLEF, to a file or to standard output. What cannot be written is counted, and told once; each batch tries again.</summary>
/// <param name="target">Where whole lines go.</param>
/// <param name="resource">Who writes them.</param>
/// <param name="tally">What becomes of them.</param>
/// <param name="time">For the time since it last failed.</param>
internal sealed class LineOutput(ILineTarget target, LogResource resource, LogTally tally, TimeProvider time) : ILogOutput
{
    /// <summary>Without a failure for so long it works again: a full disk still takes a short batch between long ones.</summary>
    internal static readonly TimeSpan SettlesAfter = TimeSpan.FromSeconds(5);

    /// <summary>One write; of a full disk's write all lines are lost.</summary>
    private const int ChunkBytes = 32 * 1024;

    private readonly ClefLines lines = new(resource);
    private long? failedAt;

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
            if (failedAt is { } failed && time.GetElapsedTime(failed) >= SettlesAfter)
            {
                failedAt = null;
                tally.End(target.Display);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            failedAt = time.GetTimestamp();
            tally.Begin($"{target.Display} takes no log lines ({e.Message}); they are lost until it does.");
            tally.AddDropped(left.Count((byte)'\n'), "not writable");
        }
        finally
        {
            lines.Clear();
        }
    }
}
