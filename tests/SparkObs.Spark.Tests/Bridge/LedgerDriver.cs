using System.Globalization;
using System.Text;
using SparkObs.Spark.Bridge;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>A driver's outbox for tests: it numbers lines, loses them as it is told, keeps the rest, and knows the truth.</summary>
internal sealed class LedgerDriver
{
    public const string Event = """{"Event":"SparkListenerExecutorRemoved","Timestamp":1,"Executor ID":"1","Removed Reason":"x"}""";
    public const string IgnoredByReader = """{"Event":"SparkListenerBlockManagerAdded"}""";
    public const string Unreadable = """{"Event":"SparkListenerJobStart","Job ID":"x"}""";

    private readonly SortedDictionary<long, byte[]> kept = [];

    public long Last { get; private set; }

    public long Posted { get; private set; }

    public long BusDropped { get; set; }

    public long BusQueued { get; set; }

    public long Ignored { get; set; }

    public long Failed { get; set; }

    public long CallsDropped { get; private set; }

    public long[] Dropped { get; } = new long[3];

    /// <summary>The first number that it still has.</summary>
    public long First => kept.Count == 0 ? Last + 1 : kept.Keys.First();

    public static string TooLong => "{\"Event\":\"" + new string('x', BridgeConnection.MaxLine) + "\"}";

    /// <summary>Spark posts events; those that never reach the outbox are counted by the setters.</summary>
    public void Post(int events) => Posted += events;

    public void Offer(int times = 1, string line = Event)
    {
        for (; times > 0; times--)
            kept.Add(++Last, BridgeClient.Numbered(Last, Encoding.UTF8.GetBytes(line)));
    }

    /// <param name="rank">0 for tasks, 1 for details, 2 for structure.</param>
    public void Drop(int rank, int times = 1)
    {
        Last += times;
        Dropped[rank] += times;
    }

    /// <summary>A line that has left, but whose acknowledgement has not come, makes room.</summary>
    public void DropSent(int rank) => Dropped[rank]++;

    public void DropCalls(int times = 1)
    {
        Last += times;
        CallsDropped += times;
    }

    public void Heartbeat() => Offer(line: string.Create(CultureInfo.InvariantCulture,
        $$$"""{"Event":"SparkObsHeartbeat","Time":1,"Posted":{{{Posted}}},"Bus Dropped":{{{BusDropped}}},"Bus Queued":{{{BusQueued}}},"Ignored":{{{Ignored}}},"Failed":{{{Failed}}},"Outbox Dropped":{"task":{{{Dropped[0]}}},"detail":{{{Dropped[1]}}},"structure":{{{Dropped[2]}}}},"In Memory":{{{kept.Count}}},"In Spool":0,"Calls Dropped":{{{CallsDropped}}}}"""));

    /// <summary>The bridge has it, and the driver forgets it.</summary>
    public void Acknowledged(long number)
    {
        foreach (var key in kept.Keys.TakeWhile(key => key <= number).ToList())
            kept.Remove(key);
    }

    /// <summary>All lines from the number on that it has, as bytes.</summary>
    public byte[] LinesFrom(long first, long last = long.MaxValue) =>
        [.. kept.Where(line => line.Key >= first && line.Key <= last).SelectMany(line => line.Value)];

    /// <summary>Gives the lines straight to the session, as a connection does.</summary>
    public void SendTo(BridgeSession session, long first = 1, long last = long.MaxValue)
    {
        using var lines = new LineBuffer(BridgeConnection.MaxLine);
        var bytes = LinesFrom(first, last).AsMemory();
        while (bytes.Length > 0)
        {
            var free = lines.Free();
            var count = Math.Min(free.Length, bytes.Length);
            bytes[..count].CopyTo(free);
            lines.Added(count);
            bytes = bytes[count..];
            session.Fold(lines, count);
        }
    }
}
