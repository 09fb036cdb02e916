using System.Text.Json;

namespace SparkObs.Spark.Events;

/// <summary>
/// A cursor over one line: <see cref="Utf8JsonReader"/> with the few moves that reading events needs. Each method that
/// returns a value moves over the property's value, whatever it is; a value of another type than asked for is null.
/// Malformed JSON throws <see cref="JsonException"/>.
/// </summary>
internal ref struct EventJson
{
    /// <summary>Plans are nested deeply. A level costs one bit and no stack, so the bound is only one on memory: 128 KiB.</summary>
    private const int MaxDepth = 1 << 20;

    private readonly NameCache names;

    /// <summary>What <see cref="reader"/> reads: the line, or what is left of it after a jump over skipped bytes.</summary>
    private ReadOnlySpan<byte> rest;

    private Utf8JsonReader reader;

    public EventJson(ReadOnlySpan<byte> line, NameCache names)
    {
        this.names = names;
        rest = line;
        reader = new Utf8JsonReader(line, isFinalBlock: true, new JsonReaderState(new JsonReaderOptions { MaxDepth = MaxDepth }));
    }

    /// <summary>Moves to the next property of the object, or past the object's end and returns false.</summary>
    public bool NextProperty()
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Whether the property has this name.</summary>
    public readonly bool Is(ReadOnlySpan<byte> name) =>
        reader.ValueIsEscaped ? EscapedIs(name) : reader.ValueSpan.SequenceEqual(name);

    private readonly bool EscapedIs(ReadOnlySpan<byte> name) =>
        JsonText.Decode(reader.ValueSpan, escaped: true, EventLimits.Name) == System.Text.Encoding.UTF8.GetString(name);

    /// <summary>The property's name, as one of few that repeat.</summary>
    public readonly string PropertyName() => names.Get(reader.ValueSpan, reader.ValueIsEscaped);

    /// <summary>Into the property's value, if it is an object.</summary>
    public bool EnterObject() => Enter(JsonTokenType.StartObject);

    /// <summary>Into the property's value, if it is an array.</summary>
    public bool EnterArray() => Enter(JsonTokenType.StartArray);

    private bool Enter(JsonTokenType start)
    {
        reader.Read();
        if (reader.TokenType == start)
            return true;
        SkipCurrent();
        return false;
    }

    /// <summary>Into the array's next object (what is none is skipped), or past the array's end and returns false.</summary>
    public bool NextObject() => NextItem(JsonTokenType.StartObject);

    /// <summary>Into the array's next array, or past the array's end and returns false.</summary>
    public bool NextArray() => NextItem(JsonTokenType.StartArray);

    private bool NextItem(JsonTokenType start)
    {
        while (true)
        {
            reader.Read();
            if (reader.TokenType == start)
                return true;
            if (reader.TokenType == JsonTokenType.EndArray)
                return false;
            SkipCurrent();
        }
    }

    public long? Int64()
    {
        reader.Read();
        return CurrentInt64();
    }

    public int? Int32()
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value))
            return value;
        SkipCurrent();
        return null;
    }

    /// <summary>A whole number, written as a number or as a string: Spark does both.</summary>
    public long? Int64OrText()
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
            return CurrentInt64();
        return System.Buffers.Text.Utf8Parser.TryParse(reader.ValueSpan, out long value, out var used) && used == reader.ValueSpan.Length
            ? value
            : null;
    }

    private long? CurrentInt64()
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value))
            return value;
        SkipCurrent();
        return null;
    }

    /// <summary>A finite number.</summary>
    public double? Double()
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var value) && double.IsFinite(value))
            return value;
        SkipCurrent();
        return null;
    }

    public bool? Boolean()
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.True or JsonTokenType.False)
            return reader.TokenType == JsonTokenType.True;
        SkipCurrent();
        return null;
    }

    /// <summary>An ISO 8601 time as milliseconds since the Unix epoch.</summary>
    public long? IsoTime()
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped && reader.TryGetDateTimeOffset(out var time))
            return time.ToUnixTimeMilliseconds();
        SkipCurrent();
        return null;
    }

    /// <summary>A text that is cut to <paramref name="limit"/> bytes after redaction, so <see cref="EventLimits.RedactionMargin"/> more are kept.</summary>
    public string? Text(int limit)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
            return CurrentText(limit);
        SkipCurrent();
        return null;
    }

    private readonly string CurrentText(int limit) =>
        JsonText.Decode(reader.ValueSpan, reader.ValueIsEscaped, limit + EventLimits.RedactionMargin);

    /// <summary>A text that repeats from line to line, such as a host: the same string instance where it can be.</summary>
    public string? Name()
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
            return names.Get(reader.ValueSpan, reader.ValueIsEscaped);
        SkipCurrent();
        return null;
    }

    /// <summary>Whether the value is this text.</summary>
    public bool TextIs(ReadOnlySpan<byte> text)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
            return Is(text);
        SkipCurrent();
        return false;
    }

    /// <summary>A text, or the JSON of whatever else stands there; null for null. Cut like <see cref="Text"/>.</summary>
    public string? TextOrJson(int limit)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                return CurrentText(limit);
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                var from = rest[(int)reader.TokenStartIndex..];
                SkipCurrent();
                var json = from[..(from.Length - rest.Length + 1)];
                return JsonText.Decode(json, escaped: false, limit + EventLimits.RedactionMargin);
            default:
                return JsonText.Decode(reader.ValueSpan, escaped: false, limit);
        }
    }

    /// <summary>The texts of an array, at most <see cref="EventLimits.ListItems"/>, each as a name in a list.</summary>
    public IReadOnlyList<string> Texts()
    {
        if (!EnterArray())
            return [];
        List<string>? texts = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String && (texts?.Count ?? 0) < EventLimits.ListItems)
                (texts ??= []).Add(CurrentText(EventLimits.NameInList));
            else
                SkipCurrent();
        }

        return texts ?? (IReadOnlyList<string>)[];
    }

    /// <summary>The whole numbers of an array.</summary>
    public IReadOnlyList<int> Int32s()
    {
        if (!EnterArray())
            return [];
        List<int>? values = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value))
                (values ??= []).Add(value);
            else
                SkipCurrent();
        }

        return values ?? (IReadOnlyList<int>)[];
    }

    /// <summary>The first two whole numbers of the array that the cursor is in, and past its end.</summary>
    public (long? First, long? Second) Pair()
    {
        long? first = null, second = null;
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            var value = CurrentInt64();
            if (i == 0)
                first = value;
            else if (i == 1)
                second = value;
        }

        return (first, second);
    }

    /// <summary>Over the property's value.</summary>
    public void Skip()
    {
        reader.Read();
        SkipCurrent();
    }

    private void SkipCurrent()
    {
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            Leave();
    }

    /// <summary>
    /// To the end of the object or array that the cursor is in, after a value of it. Of task lines, most of a log, 64 % is skipped, so
    /// this looks only for the closing bracket and goes on there with the reader's state: what is skipped is not validated.
    /// </summary>
    public void Leave()
    {
        var from = (int)reader.BytesConsumed;
        var close = JsonSkip.FindClose(rest[from..]);
        if (close < 0)
            throw new JsonException("the line ends in the middle of a value");
        rest = rest[(from + close)..];
        reader = new Utf8JsonReader(rest, isFinalBlock: true, reader.CurrentState);
        reader.Read();
    }

    /// <summary>
    /// The event's name. Where it is the first property the cursor moves on, else it stays, so that no property is missed.
    /// </summary>
    public string? EventName()
    {
        var start = this;
        if (!NextProperty())
            return null;
        if (Is("Event"u8))
            return Name();

        string? name = null;
        do
        {
            if (Is("Event"u8))
                name = Name();
            else
                Skip();
        }
        while (name is null && NextProperty());
        this = start;
        return name;
    }

    /// <summary>After the line's object: nothing may follow.</summary>
    public void ExpectEnd()
    {
        if (reader.CurrentDepth != 0)
            throw new JsonException("brackets that do not match");
        reader.Read();
    }
}
