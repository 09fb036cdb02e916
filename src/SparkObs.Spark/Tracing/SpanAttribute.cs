namespace SparkObs.Spark.Tracing;

/// <summary>The types of value that OTLP's AnyValue and SparkObs share.</summary>
internal enum AttributeType : byte
{
    String,
    Int,
    Double,
    Bool,
    StringArray,
    IntArray,
}

/// <summary>One attribute: a key and a value, without boxing.</summary>
internal readonly struct SpanAttribute
{
    private readonly object? reference;
    private readonly long bits;

    private SpanAttribute(AttributeKey key, AttributeType type, long bits, object? reference)
    {
        Key = key;
        Type = type;
        this.bits = bits;
        this.reference = reference;
    }

    public SpanAttribute(AttributeKey key, string value) : this(key, AttributeType.String, 0, value) { }

    public SpanAttribute(AttributeKey key, long value) : this(key, AttributeType.Int, value, null) { }

    public SpanAttribute(AttributeKey key, double value) : this(key, AttributeType.Double, BitConverter.DoubleToInt64Bits(value), null) { }

    public SpanAttribute(AttributeKey key, bool value) : this(key, AttributeType.Bool, value ? 1 : 0, null) { }

    public SpanAttribute(AttributeKey key, string[] value) : this(key, AttributeType.StringArray, 0, value) { }

    public SpanAttribute(AttributeKey key, long[] value) : this(key, AttributeType.IntArray, 0, value) { }

    public AttributeKey Key { get; }

    public AttributeType Type { get; }

    public string AsString => (string)reference!;

    public long AsInt => bits;

    public double AsDouble => BitConverter.Int64BitsToDouble(bits);

    public bool AsBool => bits != 0;

    public string[] AsStringArray => (string[])reference!;

    public long[] AsIntArray => (long[])reference!;
}
