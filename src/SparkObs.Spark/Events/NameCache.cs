namespace SparkObs.Spark.Events;

/// <summary>
/// Strings for texts that come again and again (executors, hosts, localities, stage and metric names), so that a task's end
/// allocates nothing. A slot holds what was asked for last.
/// </summary>
internal sealed class NameCache
{
    /// <summary>Enough for a cluster's executors and hosts; at most 4,096 texts of 256 bytes, about 3 MiB.</summary>
    private const int Slots = 4096;

    private readonly Slot[] slots = new Slot[Slots];

    private readonly record struct Slot(byte[]? Raw, string Text);

    /// <summary>The text of a JSON string, cut as a name where it is long.</summary>
    public string Get(ReadOnlySpan<byte> raw, bool escaped)
    {
        if (raw.Length > EventLimits.NameInList)
            return JsonText.Decode(raw, escaped, EventLimits.Name + EventLimits.RedactionMargin);

        ref var slot = ref slots[Hash(raw) % Slots];
        if (slot.Raw is null || !raw.SequenceEqual(slot.Raw))
            slot = new Slot(raw.ToArray(), JsonText.Decode(raw, escaped, EventLimits.NameInList));
        return slot.Text;
    }

    /// <summary>FNV-1a.</summary>
    private static uint Hash(ReadOnlySpan<byte> raw)
    {
        var hash = 2166136261u;
        foreach (var b in raw)
            hash = (hash ^ b) * 16777619u;
        return hash ^ hash >> 16;
    }
}
