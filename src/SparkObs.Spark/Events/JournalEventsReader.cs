using System.Text.Json;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Events;

/// <summary>
/// The lines that a bridge adds to its journals. Read only where a journal is read: in an event log or from a driver they mean nothing.
/// </summary>
internal static class JournalEventsReader
{
    /// <summary>As deep as a builder's state may be, and the line around it.</summary>
    public const int MaxDepth = 210;

    /// <summary>Null when it is another of SparkObs's lines.</summary>
    /// <exception cref="JsonException">It cannot be read.</exception>
    public static SparkEvent? Read(ReadOnlySpan<byte> line)
    {
        // The name stands near the line's begin; most own lines are heartbeats.
        var head = line[..Math.Min(line.Length, 80)];
        if (head.IndexOf("\"SparkObsRefused\""u8) >= 0)
            return new JournalRefused();
        var isState = head.IndexOf("\"SparkObsState\""u8) >= 0;
        if (!isState && head.IndexOf("\"SparkObsClosed\""u8) < 0)
            return null;
        try
        {
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = MaxDepth });
            using var document = JsonDocument.ParseValue(ref reader);
            return isState ? ReadState(document.RootElement) : ReadClosed(document.RootElement);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new JsonException(e.Message, e);
        }
    }

    private static JournalState ReadState(JsonElement root) => new()
    {
        Builder = Raw(root.GetProperty("State")),
        Ledger = Raw(root.GetProperty("Ledger")),
        Ended = root.GetProperty("Ended").GetBoolean(),
        Closed = root.GetProperty("Closed").GetBoolean(),
    };

    private static JournalClosed ReadClosed(JsonElement root) => new()
    {
        ExitCode = root.TryGetProperty("Exit Code", out var code) ? code.GetInt32() : null,
        ProgramError = root.TryGetProperty("Error Type", out var type) ? new ProgramError(type.GetString() ?? "", root.GetProperty("Error Message").GetString() ?? "") : null,
        EventsLost = root.TryGetProperty("Events Lost", out var lost) ? lost.GetInt64() : 0,
    };

    private static byte[] Raw(JsonElement element) => System.Text.Encoding.UTF8.GetBytes(element.GetRawText());
}
