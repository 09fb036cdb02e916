using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace SparkObs.Benchmarks;

/// <summary>The numbers of an event log that differ when its jobs run again.</summary>
internal enum NumberKind
{
    Job,
    Stage,
    Task,
    Execution,
    Rdd,
    Accumulator,
    Time,
}

/// <summary>A line of an event log with the places of its ids and times.</summary>
internal sealed class LineTemplate
{
    public const int Kinds = (int)NumberKind.Time + 1;

    private readonly byte[] text;
    private readonly List<Number> numbers = [];

    private readonly record struct Number(int Start, int Length, NumberKind Kind, long Value);

    private LineTemplate(byte[] text) => this.text = text;

    public string Event { get; private set; } = "";

    public IEnumerable<long> Times => numbers.Where(n => n.Kind == NumberKind.Time).Select(n => n.Value);

    public static LineTemplate Parse(string line)
    {
        var template = new LineTemplate(Encoding.UTF8.GetBytes(line));
        template.FindNumbers();
        return template;
    }

    /// <summary>Raises each kind's step to one more than the greatest number here.</summary>
    public void Extend(long[] step)
    {
        foreach (var number in numbers)
            step[(int)number.Kind] = Math.Max(step[(int)number.Kind], number.Value + 1);
    }

    public void Write(Stream output, long[] shift)
    {
        Span<byte> digits = stackalloc byte[20];
        var written = 0;
        foreach (var number in numbers)
        {
            output.Write(text.AsSpan(written..number.Start));
            Utf8Formatter.TryFormat(number.Value + shift[(int)number.Kind], digits, out var length);
            output.Write(digits[..length]);
            written = number.Start + number.Length;
        }

        output.Write(text.AsSpan(written));
        output.WriteByte((byte)'\n');
    }

    private void FindNumbers()
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 4096 });
        var property = "";
        var arrays = new Stack<string>();
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    property = reader.GetString()!;
                    break;
                case JsonTokenType.StartArray:
                    arrays.Push(property);
                    break;
                case JsonTokenType.EndArray:
                    property = arrays.Pop();
                    break;
                case JsonTokenType.String when property == "Event" && reader.CurrentDepth == 1:
                    Event = reader.GetString()!;
                    break;
                case JsonTokenType.String when property is "spark.sql.execution.id" or "spark.sql.execution.root.id":
                    Add((int)reader.TokenStartIndex + 1, reader.ValueSpan, NumberKind.Execution);
                    break;
                case JsonTokenType.Number when KindOf(property, arrays) is { } kind:
                    Add((int)reader.TokenStartIndex, reader.ValueSpan, kind);
                    if (property == "accumUpdates")
                        property = "";
                    break;
            }
        }
    }

    private void Add(int start, ReadOnlySpan<byte> digits, NumberKind kind)
    {
        // 0 as a time means none, and -1 as an id.
        if (Utf8Parser.TryParse(digits, out long value, out _) && value >= (kind == NumberKind.Time ? 1 : 0))
            numbers.Add(new Number(start, digits.Length, kind, value));
    }

    private static NumberKind? KindOf(string property, Stack<string> arrays) => property switch
    {
        "Job ID" => NumberKind.Job,
        "Stage ID" or "Stage IDs" => NumberKind.Stage,
        "Parent IDs" => arrays.Contains("RDD Info") ? NumberKind.Rdd : NumberKind.Stage,
        "RDD ID" => NumberKind.Rdd,
        "Task ID" => NumberKind.Task,
        "executionId" or "rootExecutionId" => NumberKind.Execution,
        "accumulatorId" or "accumUpdates" => NumberKind.Accumulator,
        "ID" when arrays.Contains("Accumulables") => NumberKind.Accumulator,
        "Submission Time" or "Completion Time" or "Launch Time" or "Finish Time" or "Getting Result Time" or "Timestamp" or "time" =>
            NumberKind.Time,
        _ => null,
    };
}
