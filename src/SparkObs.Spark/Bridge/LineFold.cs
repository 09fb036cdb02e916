using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Bridge;

/// <summary>The lines of one run, one after the other, become events of its trace and counts of its ledger. One thread at a time.</summary>
/// <param name="last">The number up to which nothing is expected.</param>
/// <param name="notice">Told in one line of the first line of each kind that is left out.</param>
internal sealed class LineFold(TraceBuilder builder, Ledger ledger, long last, Action<string> notice)
{
    private readonly EventReader reader = new();

    /// <summary>The number of the last line.</summary>
    public long Last { get; private set; } = last;

    /// <summary>The application's end was among them.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>A line that no driver of ours sends.</summary>
    public void AddUnnumbered()
    {
        ledger.Lines++;
        if (ledger.Unnumbered++ == 0)
            notice("a line without a number is ignored: it is none of the driver's");
    }

    /// <summary>What came before is folded already, and has left the state that the builder and the ledger have.</summary>
    public void GoOnFrom(long sequence, bool hasEnded)
    {
        Last = sequence;
        HasEnded = hasEnded;
    }

    /// <summary>A line of a run of which nothing is made any more.</summary>
    public void Skip(long sequence)
    {
        ledger.Lines++;
        if (sequence <= Last)
        {
            ledger.Duplicates++;
            return;
        }
        Last = sequence;
        ledger.Ignored++;
    }

    /// <param name="isOwn">It is no event of Spark's.</param>
    /// <returns>False when it has come before: nothing is made of it.</returns>
    public bool Add(ReadOnlySpan<byte> line, bool tooLong, long sequence, bool isOwn)
    {
        ledger.Lines++;
        if (sequence <= Last)
        {
            ledger.Duplicates++;
            return false;
        }
        ledger.Missing += sequence - Last - 1;
        Last = sequence;
        if (isOwn)
        {
            ledger.Own++;
            if (!tooLong)
                AddOwn(line);
        }
        else if (tooLong)
        {
            if (ledger.TooLong++ == 0)
                notice($"line {sequence} is longer than {BridgeConnection.MaxLine >> 20} MiB and is left out");
        }
        else
        {
            Add(sequence, reader.Read(line, out var e), e);
        }
        return true;
    }

    private void AddOwn(ReadOnlySpan<byte> line)
    {
        var outcome = reader.Read(line, out var e);
        if (e is CallsEvent calls)
        {
            ledger.CallLines++;
            builder.Add(calls);
        }
        else if (outcome == LineOutcome.Unreadable)
            ledger.OwnUnreadable++;
        else if (Heartbeat.Read(line) is { } heartbeat)
            ledger.Hear(heartbeat);
    }

    private void Add(long sequence, LineOutcome outcome, SparkEvent? e)
    {
        switch (outcome)
        {
            case LineOutcome.Ignored:
                ledger.Ignored++;
                break;
            case LineOutcome.Unreadable:
                if (ledger.Unreadable++ == 0)
                    notice($"line {sequence} cannot be read and is left out: {reader.Problem}");
                break;
            case LineOutcome.Event when e is LogStart:
                ledger.Own++;
                builder.Add(e);
                break;
            default:
                ledger.Events++;
                builder.Add(e!);
                HasEnded |= e is ApplicationEnd;
                break;
        }
    }
}
