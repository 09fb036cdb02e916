using System.Diagnostics.CodeAnalysis;

namespace SparkObs.Spark.Tracing;

/// <summary>A dictionary that holds the last <paramref name="capacity"/> keys added; the oldest goes first.</summary>
internal sealed class RecentMap<TKey, TValue>(int capacity) where TKey : notnull
{
    private readonly Dictionary<TKey, TValue> values = [];
    private readonly Queue<TKey> order = new();

    public int Count => values.Count;

    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value) => values.TryGetValue(key, out value);

    public TValue? GetValueOrDefault(TKey key) => values.GetValueOrDefault(key);

    public bool Contains(TKey key) => values.ContainsKey(key);

    /// <summary>Adds the key, or replaces its value, which does not make it younger.</summary>
    public void Add(TKey key, TValue value)
    {
        if (!values.ContainsKey(key))
        {
            if (values.Count == capacity)
                values.Remove(order.Dequeue());
            order.Enqueue(key);
        }
        values[key] = value;
    }
}
