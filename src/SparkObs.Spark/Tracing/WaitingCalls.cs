using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>What calls stand below: a task, or outside of tasks a SQL execution, a job or (id 0) the application.</summary>
internal readonly record struct CallOwner(CallOwnerKind Kind, long Id);

internal enum CallOwnerKind : byte
{
    Task,
    Execution,
    Job,
    Application,
}

/// <summary>Calls of one owner that wait, with the executor that made each.</summary>
internal sealed class CallsOfOwner(CallOwner owner)
{
    public CallOwner Owner { get; } = owner;

    public List<(Call Call, string? ExecutorId)> Calls { get; } = [];

    /// <summary>About what they take, in bytes.</summary>
    public long Size { get; set; }

    /// <summary>Further calls, for which there was no room.</summary>
    public long BeyondLimit { get; set; }
}

/// <summary>
/// Calls of which it is not yet known whether, or in which trace, their parent is exported. Bounded over all of them: who was told
/// of least recently goes first, for what runs is told of every second.
/// </summary>
internal sealed class WaitingCalls(CallCounters counters)
{
    /// <summary>Some hundred calls of each of a cluster's running tasks.</summary>
    private const int MaxCalls = 50_000;

    /// <summary>The same calls with names and keys of usual length.</summary>
    private const long MaxBytes = 32 << 20;

    private readonly Dictionary<CallOwner, LinkedListNode<CallsOfOwner>> owners = [];

    /// <summary>The one told of least recently is the first.</summary>
    private readonly LinkedList<CallsOfOwner> order = new();

    private long size;
    private int outsideOwners;

    public int Count { get; private set; }

    /// <summary>Calls outside of tasks are among them.</summary>
    public bool AnyOutside => outsideOwners > 0;

    public IReadOnlyList<CallOwner> Owners => [.. order.Select(waiting => waiting.Owner)];

    /// <summary>One more beyond <paramref name="limit"/> is counted as left out.</summary>
    /// <param name="limit">How many may wait for this owner.</param>
    public void Add(CallOwner owner, Call call, string? executorId, int limit)
    {
        var waiting = Touch(owner);
        if (waiting.Calls.Count >= limit)
        {
            counters.BeyondLimit++;
            waiting.BeyondLimit++;
            return;
        }
        waiting.Calls.Add((call, executorId));
        waiting.Size += call.Size;
        size += call.Size;
        Count++;
        Shrink();
    }

    /// <summary>The owner's calls, which wait no longer; null where it has none.</summary>
    public CallsOfOwner? Take(CallOwner owner)
    {
        if (Count == 0 || !owners.Remove(owner, out var node))
            return null;
        order.Remove(node);
        outsideOwners -= owner.Kind == CallOwnerKind.Task ? 0 : 1;
        Count -= node.Value.Calls.Count;
        size -= node.Value.Size;
        return node.Value;
    }

    private CallsOfOwner Touch(CallOwner owner)
    {
        if (owners.TryGetValue(owner, out var node))
        {
            order.Remove(node);
        }
        else
        {
            owners.Add(owner, node = new LinkedListNode<CallsOfOwner>(new CallsOfOwner(owner)));
            outsideOwners += owner.Kind == CallOwnerKind.Task ? 0 : 1;
        }
        order.AddLast(node);
        return node.Value;
    }

    private void Shrink()
    {
        while (Count > MaxCalls || size > MaxBytes)
            counters.BeyondLimit += Take(order.First!.Value.Owner)!.Calls.Count;
    }
}
