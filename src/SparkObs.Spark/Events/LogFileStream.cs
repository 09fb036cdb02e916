namespace SparkObs.Spark.Events;

/// <summary>
/// The bytes of a log's file or of standard input, counted. At the end it waits for more as long as the file may grow; as this
/// stands below the codec, a compressed log can be followed like any other.
/// </summary>
/// <param name="name">What errors call it.</param>
/// <param name="inner">Owned.</param>
/// <param name="mayGrow">Whether the writer has not finished the file; null if it has.</param>
/// <param name="onRead">Told the number of bytes of each read.</param>
internal sealed class LogFileStream(string name, Stream inner, Func<bool>? mayGrow, Action<int> onRead) : Stream
{
    /// <summary>How often a file that may grow is looked at.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The file, which its writer may go on writing, rename or delete.</summary>
    /// <exception cref="EventLogException">It cannot be opened.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EventLogException($"{path} cannot be read: {e.Message}", e);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await ReadOrWaitAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EventLogException($"{name} cannot be read: {e.Message}", e);
        }
    }

    private async ValueTask<int> ReadOrWaitAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var finished = mayGrow is null;
        while (true)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read > 0)
                onRead(read);
            if (read > 0 || finished)
                return read;

            // Finished only counts if it was so before the read that found nothing.
            finished = !mayGrow!();
            if (!finished)
                await Task.Delay(PollInterval, cancellationToken).ConfigureAwait(false);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
