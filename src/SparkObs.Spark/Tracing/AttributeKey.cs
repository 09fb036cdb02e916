using System.Text;

namespace SparkObs.Spark.Tracing;

/// <summary>An attribute's key with its UTF-8 form made once: encoders copy it, never convert it.</summary>
internal sealed class AttributeKey(string name)
{
    private readonly byte[] utf8 = Encoding.UTF8.GetBytes(name);

    public string Name { get; } = name;

    public ReadOnlySpan<byte> Utf8 => utf8;

    public override string ToString() => Name;
}
