namespace SparkObs.Spark.Events;

/// <summary>Which codec a log is compressed with: told by its first bytes, never by its name.</summary>
internal static class LogCodec
{
    /// <summary>As many bytes as the longest magic number has.</summary>
    private const int HeadLength = 8;

    /// <summary>The decoder of the stream, which it then owns.</summary>
    public static async ValueTask<LogDecoder> OpenAsync(Stream stream, CancellationToken cancellationToken)
    {
        var input = new LogInput(stream);
        try
        {
            await input.HasAsync(HeadLength, cancellationToken).ConfigureAwait(false);
            return Decoder(input);
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    private static LogDecoder Decoder(LogInput input)
    {
        var head = input.Buffered;
        if (Begins(head, ZstdDecoder.Magic))
            return new ZstdDecoder(input);
        if (Begins(head, Lz4Decoder.Magic))
            return new Lz4Decoder(input);
        if (Begins(head, SnappyDecoder.Magic))
            return new SnappyDecoder(input);
        if (Begins(head, LzfDecoder.Magic))
            return new LzfDecoder(input);
        return new PlainDecoder(input);
    }

    /// <summary>A file may be cut off in the magic number itself.</summary>
    private static bool Begins(ReadOnlySpan<byte> head, ReadOnlySpan<byte> magic) =>
        head.Length > 0 && head.StartsWith(magic[..Math.Min(magic.Length, head.Length)]);
}
