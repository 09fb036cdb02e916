using System.Text.Json;

namespace SparkObs.Spark.Bridge;

/// <summary>A run that is closed, settled and forgotten; lines up to the number were acknowledged.</summary>
internal sealed record Tombstone(string Session, string Instance, long Last, DateTimeOffset At);

/// <summary>
/// What is remembered of runs whose journals are gone: a driver that did not see its last acknowledgement sends its tail again, and
/// nothing must be made of it. Bounded: a driver does not linger for days, and 1,000 of them are 200 kB.
/// </summary>
internal sealed class Tombstones
{
    private const int Max = 1_000;
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(7);

    private readonly object gate = new();
    private readonly string path;
    private readonly List<Tombstone> stones = [];

    public Tombstones(string path)
    {
        this.path = path;
        if (!File.Exists(path))
            return;
        foreach (var line in File.ReadLines(path))
        {
            try
            {
                if (JsonSerializer.Deserialize<Tombstone>(line) is { Session: not null, Instance: not null } stone)
                    stones.Add(stone);
            }
            catch (JsonException)
            {
                // Somebody wrote into it: a tail that comes again is then built again, under the same ids.
            }
        }
    }

    public Tombstone? Of(Hello hello)
    {
        lock (gate)
            return stones.FindLast(stone => stone.Session == hello.Session && stone.Instance == hello.Instance);
    }

    /// <exception cref="IOException">It cannot be written.</exception>
    public void Add(Hello hello, long last, DateTimeOffset now)
    {
        lock (gate)
        {
            stones.RemoveAll(stone => now - stone.At > MaxAge || (stone.Session == hello.Session && stone.Instance == hello.Instance));
            stones.Add(new Tombstone(hello.Session, hello.Instance, last, now));
            if (stones.Count > Max)
                stones.RemoveRange(0, stones.Count - Max);
            using var content = new MemoryStream();
            foreach (var stone in stones)
            {
                JsonSerializer.Serialize(content, stone);
                content.WriteByte((byte)'\n');
            }
            JournalFolder.WriteAtomic(path, content.ToArray());
        }
    }
}
