namespace SparkObs.Spark.Tracing;

/// <summary>
/// Ids that were used up: a line that is told twice must not make a span twice. Spark counts its ids up, so a window of the last
/// 65,536 is enough (8 kB); an older id counts as seen.
/// </summary>
internal sealed class SeenIds
{
    private const int Window = 65_536;
    private readonly ulong[] bits = new ulong[Window / 64];
    private long newest = -1;

    public bool Contains(long id) => id <= newest && (id <= newest - Window || (bits[WordOf(id)] & BitOf(id)) != 0);

    public void Add(long id)
    {
        if (id < 0 || id <= newest - Window)
            return;
        if (id > newest)
        {
            var from = Math.Max(newest + 1, id - Window + 1);
            for (var i = 0L; i <= id - from; i++)
                bits[WordOf(from + i)] &= ~BitOf(from + i);
            newest = id;
        }
        bits[WordOf(id)] |= BitOf(id);
    }

    private static int WordOf(long id) => (int)(id % Window / 64);

    private static ulong BitOf(long id) => 1UL << (int)(id % 64);
}
