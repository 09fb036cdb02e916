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
        if (head.StartsWith(ZstdDecoder.Magic))
            return new ZstdDecoder(input);
        if (head.StartsWith(Lz4Decoder.Magic))
            return new Lz4Decoder(input);
        if (head.StartsWith(SnappyDecoder.Magic))
            return new SnappyDecoder(input);
        if (head.StartsWith(LzfDecoder.Magic))
            return new LzfDecoder(input);
        return new PlainDecoder(input);
    }
}
