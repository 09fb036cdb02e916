using System.Buffers.Text;

namespace SparkObs.Spark.Events;

/// <summary>A line as a driver sends it, and as spool and journal keep it: the number is its first field.</summary>
internal static class SequencedLine
{
    private static ReadOnlySpan<byte> Start => "{\"SparkObsSeq\":"u8;

    private static ReadOnlySpan<byte> OwnEvent => ",\"Event\":\"SparkObs"u8;

    /// <param name="sequence">Above 0.</param>
    /// <param name="isOwn">It is no event of Spark's but one between driver and bridge.</param>
    public static bool TryRead(ReadOnlySpan<byte> line, out long sequence, out bool isOwn)
    {
        sequence = 0;
        isOwn = false;
        if (!line.StartsWith(Start) || !Utf8Parser.TryParse(line[Start.Length..], out sequence, out var digits) || sequence <= 0)
            return false;
        var rest = line[(Start.Length + digits)..];
        isOwn = rest.StartsWith(OwnEvent);
        return rest.Length > 0 && rest[0] is (byte)',' or (byte)'}';
    }
}
