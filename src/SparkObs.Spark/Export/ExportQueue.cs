using System.Threading.Channels;

namespace SparkObs.Spark.Export;

/// <summary>
/// Encoded requests that wait for a sender or are on their way, in memory. Bounded in bytes by its producer, who waits for room
/// before it adds; what is added then may exceed the bound by one batch.
/// </summary>
internal sealed class ExportQueue(long maxBytes)
{
    private readonly Channel<EncodedRequest> requests = Channel.CreateUnbounded<EncodedRequest>();
    private readonly object gate = new();
    private long bytes;
    private int count;
    private Exception? failure;
    private TaskCompletionSource? room;
    private TaskCompletionSource? empty;

    /// <summary>Waits until there is room. Throws once the queue has failed.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (failure is not null)
                return Task.FromException(failure);
            if (bytes < maxBytes)
                return Task.CompletedTask;
            room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return room.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits until every request is settled. Throws once the queue has failed.</summary>
    public Task WaitUntilEmptyAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (count == 0)
                return Task.CompletedTask;
            if (failure is not null)
                return Task.FromException(failure);
            empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return empty.Task.WaitAsync(cancellationToken);
        }
    }

    public void Add(EncodedRequest request)
    {
        lock (gate)
        {
            bytes += request.Length;
            count++;
        }
        requests.Writer.TryWrite(request);
    }

    public ValueTask<EncodedRequest> TakeAsync(CancellationToken cancellationToken) => requests.Reader.ReadAsync(cancellationToken);

    /// <summary>The request, taken before, is delivered or refused: it leaves the queue, and its buffer goes back.</summary>
    public void Settle(EncodedRequest request)
    {
        TaskCompletionSource? hasRoom = null, isEmpty = null;
        lock (gate)
        {
            bytes -= request.Length;
            count--;
            if (bytes < maxBytes)
                (hasRoom, room) = (room, null);
            if (count == 0)
                (isEmpty, empty) = (empty, null);
        }
        request.Return();
        hasRoom?.SetResult();
        isEmpty?.SetResult();
    }

    /// <summary>Nothing more will be sent: whoever waits, now or later, gets the exception.</summary>
    public void Fail(Exception exception)
    {
        TaskCompletionSource? waitsForRoom, waitsForEmpty;
        lock (gate)
        {
            failure ??= exception;
            (waitsForRoom, room) = (room, null);
            (waitsForEmpty, empty) = (empty, null);
        }
        waitsForRoom?.SetException(exception);
        waitsForEmpty?.SetException(exception);
    }
}
