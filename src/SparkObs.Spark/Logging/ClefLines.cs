using System.Text;
using Serilog.Events;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Json;

namespace SparkObs.Spark.Logging;

/// <summary>
/// Events as lines of CLEF in UTF-8, as Serilog.Formatting.Compact writes them, with what the events themselves lack at the end of the
/// line: the resource, and outside of any activity the application's trace and span. Adding these to the events would cost each a larger
/// dictionary. Used by one thread at a time.
/// </summary>
internal sealed class ClefLines(LogResource resource)
{
    /// <summary>What one long line needed is not kept for ever.</summary>
    private const int KeptChars = 64 * 1024;

    private static readonly JsonValueFormatter Values = new("$type");

    private StringBuilder text = new(1024);
    private StringWriter? writer;
    private char[] chars = new char[1024];
    private byte[] bytes = new byte[64 * 1024];
    private int length;

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, length);

    public void Clear()
    {
        length = Count = 0;
        if (bytes.Length > 4 * KeptChars)
            bytes = new byte[KeptChars];
    }

    /// <summary>Adds the event's line.</summary>
    /// <exception cref="Exception">Whatever a value's own code throws. Nothing was added then.</exception>
    public void Add(LogEvent e)
    {
        writer ??= new StringWriter(text);
        text.Clear();
        CompactJsonFormatter.FormatEvent(e, writer, Values);
        // The closing brace.
        text.Length--;
        var identity = resource.Current;
        if (e.TraceId is null || e.SpanId is null)
            text.Append(identity.IdsJson);
        if (!identity.IsEmpty && !e.Properties.ContainsKey(LogIdentity.PropertyName))
            text.Append(identity.Json);
        text.Append("}\n");
        AddText();
        if (text.Capacity > KeptChars)
        {
            text = new StringBuilder(1024);
            chars = new char[1024];
            writer = null;
        }
        Count++;
    }

    private void AddText()
    {
        if (chars.Length < text.Length)
            chars = new char[Math.Max(text.Length, 2 * chars.Length)];
        // In one piece: a surrogate pair may lie across the builder's chunks.
        text.CopyTo(0, chars, text.Length);
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (bytes.Length - length < most)
            Array.Resize(ref bytes, Math.Max(length + most, 2 * bytes.Length));
        length += Encoding.UTF8.GetBytes(chars.AsSpan(0, text.Length), bytes.AsSpan(length));
    }
}
