namespace SparkObs.Spark.Export;

/// <summary>
/// A request of the queue: in memory, on disk, or, while it is being sent, both. Its state is guarded by itself.
/// </summary>
/// <param name="settlement">Told when the request is settled or on disk.</param>
internal sealed class QueuedRequest(EncodedRequest? encoded, RequestFile? file, Settlement? settlement)
{
    /// <summary>Null while it is on disk only, and once it has left the queue.</summary>
    public EncodedRequest? Encoded { get; set; } = encoded;

    /// <summary>Null while it is in memory only.</summary>
    public RequestFile? File { get; set; } = file;

    public int Spans { get; } = encoded?.SpanCount ?? file!.Spans;

    /// <summary>Bytes that it takes in memory while it has no file.</summary>
    public int Length { get; } = encoded?.Length ?? 0;

    /// <summary>A sender has it: its buffer is in use.</summary>
    public bool Sending { get; set; }

    /// <summary>It has left the queue.</summary>
    public bool Left { get; set; }

    /// <summary>How often sending it ended in an exception.</summary>
    public int Faults { get; set; }

    /// <summary>Has it in memory, for a sender, until it leaves the queue.</summary>
    /// <exception cref="InvalidDataException">Its file is damaged.</exception>
    /// <exception cref="IOException">Its file cannot be read.</exception>
    public EncodedRequest Open()
    {
        lock (this)
        {
            Sending = true;
            return Encoded ??= File!.Read();
        }
    }

    /// <summary>The settlement, the first time that it is asked for.</summary>
    public Settlement? TakeSettlement()
    {
        var taken = settlement;
        settlement = null;
        return taken;
    }
}
