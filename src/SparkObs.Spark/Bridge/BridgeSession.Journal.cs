using System.Text.Json;
using SparkObs.Spark.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Bridge;

/// <summary>
/// The session and its journal. Spans are a function of the lines (markers aside), so a position among the lines tells which spans
/// there are: twice the number of the last line, and one more after a close, which is a line of our own under the same number.
/// </summary>
internal sealed partial class BridgeSession
{
    /// <summary>Inside the gate.</summary>
    private long Position => (2 * fold.Last) + (closedAt == fold.Last && fold.Last > 0 ? 1 : 0);

    /// <summary>Inside the gate.</summary>
    private void Keep(ReadOnlySpan<byte> line)
    {
        if (!recovering)
            journal?.Add(line);
    }

    /// <summary>Inside the gate: what came is on disk before anybody says so.</summary>
    private void Write()
    {
        if (journal is null || !journal.Write(Position, fold.Last))
            return;
        try
        {
            journal.Offer(JournalLines.State(fold.Last, builder, ledger, HasEnded, closedAt == fold.Last), Position);
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException)
        {
            options.Notice($"{Label}: the state cannot be written, and the journal grows: {e.Message}");
        }
    }

    /// <summary>Inside the gate.</summary>
    private Action? Taken(bool any) => journal?.Taken(Position, any);

    private async Task RecoverAsync()
    {
        try
        {
            using var lines = new LineBuffer();
            foreach (var segment in journal!.TakeUp())
            {
                using var file = LogFileStream.Open(segment);
                int read;
                while ((read = await file.ReadAsync(lines.Free(), stop.Token).ConfigureAwait(false)) > 0)
                {
                    lines.Added(read);
                    Recover(lines);
                    await pump.WaitForRoomAsync(stop.Token).ConfigureAwait(false);
                }
                // What a failed write left in the middle.
                lines.TryTakeRest(out _, out _);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            options.Notice($"{Label}: its journal cannot be read to the end, and its trace goes on without the rest: {e.Message}");
            journal!.Abandon();
            lock (gate)
                builder.SourceIncomplete = true;
        }
        catch (OperationCanceledException)
        {
            // The bridge is stopped already: the next one begins anew.
            journal!.Abandon();
        }
        lock (gate)
            EndRecovery();
    }

    private void Recover(LineBuffer lines)
    {
        lock (gate)
        {
            while (lines.TryTake(out var line, out _))
            {
                Recover(line);
                if (Position <= journal!.SettledBefore)
                    pump.Discard();
            }
        }
    }

    private void Recover(ReadOnlySpan<byte> line)
    {
        if (!SequencedLine.TryRead(line, out var sequence, out var isOwn))
            return;
        SparkEvent? own = null;
        try
        {
            own = isOwn ? JournalEventsReader.Read(line) : null;
            if (own is JournalState state)
            {
                Recover(sequence, state);
                return;
            }
        }
        catch (JsonException e)
        {
            options.Notice($"{Label}: line {sequence} of its journal cannot be read, and nothing can be made of what follows: {e.Message}");
            isBuried = true;
        }
        if (own is JournalClosed closed)
        {
            RecoverClose(closed);
            return;
        }
        // What came after a close came from a driver that was back.
        if (IsClosed && !HasEnded)
            IsClosed = false;
        Fold(line, tooLong: own is JournalRefused, sequence, isOwn);
    }

    private void Recover(long sequence, JournalState state)
    {
        builder.Add(state);
        var json = new Utf8JsonReader(state.Ledger.Span);
        json.Read();
        StateGraph.ReadInto(ledger, ref json, static _ => false, static _ => null);
        fold.GoOnFrom(sequence, state.Ended);
        HasEnded = state.Ended;
        IsClosed = state.Closed;
        closedAt = state.Closed ? sequence : 0;
        pump.Discard();
    }

    private void RecoverClose(JournalClosed closed)
    {
        IsClosed = true;
        closedAt = fold.Last;
        exitCode = closed.ExitCode;
        programError = closed.ProgramError;
        CompleteTrace(EventLedger.Of(ledger, closed: true, HasEnded));
    }

    /// <summary>Inside the gate: from now on it is a session like any other, that waits for its driver.</summary>
    private void EndRecovery()
    {
        recovering = false;
        deadline.Silence.Restart();
        deadline.NoteEnd();
        journal!.Write(Position, fold.Last);
        if (!IsClosed)
            deadline.Begin(HasEnded);
        else
            closing = CloseAsync(closing, tell: false);
        if (IsClosed && journal!.IsOld)
            journal.Finish();
    }
}
