namespace SparkObs.Spark.Bridge;

/// <summary>
/// Up to which position all is settled. Positions are taken in order; what was taken is settled in any order, by any thread.
/// </summary>
internal sealed class Watermark(long start)
{
    private readonly object gate = new();
    private readonly Queue<Mark> taken = new();
    private Mark? newest;
    private long value = start;

    private sealed class Mark
    {
        public long Position;
        public bool Settled;
    }

    public long Value
    {
        get
        {
            lock (gate)
                return value;
        }
    }

    /// <summary>Everything up to the position has been taken, in a batch that tells by the answer when it is settled.</summary>
    public Action Take(long position)
    {
        var mark = new Mark { Position = position };
        lock (gate)
            taken.Enqueue(newest = mark);
        return () => Settle(mark);
    }

    /// <summary>Nothing has come of what lies between the last one taken and this position.</summary>
    public void Reach(long position)
    {
        lock (gate)
        {
            if (newest is not null)
                newest.Position = Math.Max(newest.Position, position);
            else
                value = Math.Max(value, position);
        }
    }

    private void Settle(Mark mark)
    {
        lock (gate)
        {
            mark.Settled = true;
            while (taken.TryPeek(out var oldest) && oldest.Settled)
                value = Math.Max(value, taken.Dequeue().Position);
            if (taken.Count == 0)
                newest = null;
        }
    }
}
