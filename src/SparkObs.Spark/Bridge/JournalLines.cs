using System.Text.Json;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Bridge;

/// <summary>The lines that the bridge adds to a journal; <see cref="Events.JournalEventsReader"/> reads them.</summary>
internal static class JournalLines
{
    private static readonly JsonWriterOptions Deep = new() { MaxDepth = Events.JournalEventsReader.MaxDepth };

    /// <summary>In the place of a line that was too long.</summary>
    public static byte[] Refused(long sequence) => Line(sequence, "SparkObsRefused", static _ => { });

    /// <summary>After the line of this number the application was closed.</summary>
    public static byte[] Closed(long sequence, int? exitCode, ProgramError? error, long eventsLost) => Line(sequence, "SparkObsClosed", json =>
    {
        if (exitCode is { } code)
            json.WriteNumber("Exit Code", code);
        if (error is not null)
        {
            json.WriteString("Error Type", error.Type);
            json.WriteString("Error Message", error.Message);
        }
        json.WriteNumber("Events Lost", eventsLost);
    });

    /// <summary>What all lines up to this number have left, with the line's end.</summary>
    /// <exception cref="NotSupportedException">It cannot be written.</exception>
    public static byte[] State(long sequence, TraceBuilder builder, Ledger ledger, bool ended, bool closed) =>
    [
        .. Line(sequence, "SparkObsState", json =>
        {
            json.WriteBoolean("Ended", ended);
            json.WriteBoolean("Closed", closed);
            json.WritePropertyName("Ledger");
            StateGraph.Write(json, ledger, static _ => false);
            json.WritePropertyName("State");
            builder.WriteState(json);
        }),
        (byte)'\n',
    ];

    private static byte[] Line(long sequence, string name, Action<Utf8JsonWriter> rest)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, Deep))
        {
            json.WriteStartObject();
            json.WriteNumber("SparkObsSeq", sequence);
            json.WriteString("Event", name);
            rest(json);
            json.WriteEndObject();
        }
        return line.ToArray();
    }
}
