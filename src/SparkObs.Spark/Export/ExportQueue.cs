using System.Threading.Channels;

namespace SparkObs.Spark.Export;

/// <summary>
/// Encoded requests that wait for a sender or are on their way, in memory and, where there is a folder for them, on disk. What is in
/// memory is bounded in bytes by its producer, who waits for room before it adds; what is added then may exceed the bound by one batch.
/// </summary>
/// <param name="files">Null: memory only.</param>
/// <param name="release">Releases a settlement; does not throw.</param>
internal sealed class ExportQueue(long maxBytes, RequestFiles? files, ExportCounters counters, Action<Settlement> release)
{
    private readonly Channel<QueuedRequest> requests = Channel.CreateUnbounded<QueuedRequest>();
    private readonly object gate = new();

    /// <summary>The requests without a file.</summary>
    private readonly HashSet<QueuedRequest> inMemory = [];

    private long bytes;
    private int count;
    private Exception? failure;
    private TaskCompletionSource? room;
    private TaskCompletionSource? empty;

    /// <summary>Whether a producer has to wait.</summary>
    public bool IsFull
    {
        get
        {
            lock (gate)
                return bytes >= maxBytes;
        }
    }

    /// <summary>Bytes of the requests that are in memory only.</summary>
    public long MemoryBytes
    {
        get
        {
            lock (gate)
                return bytes;
        }
    }

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

    /// <summary>Adds a request; its spans were counted as taken before.</summary>
    public void Add(QueuedRequest request)
    {
        lock (gate)
        {
            count++;
            if (request.File is null)
            {
                bytes += request.Length;
                inMemory.Add(request);
            }
        }
        requests.Writer.TryWrite(request);
    }

    /// <summary>The next request; <see cref="QueuedRequest.Open"/> before it is sent.</summary>
    public ValueTask<QueuedRequest> TakeAsync(CancellationToken cancellationToken) => requests.Reader.ReadAsync(cancellationToken);

    /// <summary>A sender could not go on with the request: another one tries.</summary>
    public void PutBack(QueuedRequest request)
    {
        lock (request)
        {
            if (request.Left)
                return;
        }
        requests.Writer.TryWrite(request);
    }

    /// <summary>The request, taken before, is delivered or refused: it leaves the queue, with its buffer and its file.</summary>
    /// <param name="count">Called with whether the request was on disk, in the moment in which it leaves.</param>
    public void Settle(QueuedRequest request, Action<bool> count)
    {
        lock (request)
        {
            count(request.File is not null);
            Remove(request);
        }
        Release(request);
    }

    /// <summary>Puts two requests with half of the spans each in a request's place, on disk if it was there.</summary>
    public void Split(QueuedRequest request)
    {
        QueuedRequest first, second;
        lock (request)
        {
            var halves = request.Encoded!.Halve();
            var settlement = request.TakeSettlement();
            settlement?.Add();
            first = new QueuedRequest(halves.First, null, settlement);
            second = new QueuedRequest(halves.Second, null, settlement);
            if (request.File is not null)
            {
                // Both are written before the whole one goes: a process that is killed here leaves too much, not too little.
                counters.ToMemory(request.Spans);
                Write(first, beyondBound: true, out _);
                Write(second, beyondBound: true, out _);
            }
            Add(first);
            Add(second);
            Remove(request);
        }
    }

    /// <summary>Writes all that is in memory to disk, what is on its way too.</summary>
    /// <param name="problem">Why something could not be written.</param>
    /// <returns>Whether all of it is on disk.</returns>
    public bool Spill(CancellationToken cancellationToken, out string problem)
    {
        problem = "";
        QueuedRequest[] all;
        lock (gate)
            all = [.. inMemory];
        foreach (var request in all)
        {
            if (cancellationToken.IsCancellationRequested)
                return false;
            lock (request)
            {
                if (request.Left || request.File is not null)
                    continue;
                if (!Write(request, beyondBound: false, out problem))
                    return false;
                LeaveMemory(request);
                if (!request.Sending)
                    ReturnBuffer(request);
            }
            Release(request);
        }
        return true;
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

    private static void ReturnBuffer(QueuedRequest request)
    {
        request.Encoded?.Return();
        request.Encoded = null;
    }

    private bool Write(QueuedRequest request, bool beyondBound, out string problem)
    {
        request.File = files!.Write(request.Encoded!, beyondBound, out problem);
        if (request.File is null)
            return false;
        counters.ToDisk(request.Spans);
        return true;
    }

    private void Remove(QueuedRequest request)
    {
        request.Left = true;
        if (request.File is { } file)
            files!.Delete(file);
        else
            LeaveMemory(request);
        ReturnBuffer(request);
        TaskCompletionSource? isEmpty = null;
        lock (gate)
        {
            count--;
            if (count == 0)
                (isEmpty, empty) = (empty, null);
        }
        isEmpty?.SetResult();
    }

    private void LeaveMemory(QueuedRequest request)
    {
        TaskCompletionSource? hasRoom = null;
        lock (gate)
        {
            inMemory.Remove(request);
            bytes -= request.Length;
            if (bytes < maxBytes)
                (hasRoom, room) = (room, null);
        }
        hasRoom?.SetResult();
    }

    private void Release(QueuedRequest request)
    {
        Settlement? settlement;
        lock (request)
            settlement = request.TakeSettlement();
        if (settlement is not null)
            release(settlement);
    }
}
