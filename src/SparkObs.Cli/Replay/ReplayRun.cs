using SparkObs.Cli.Tree;
using SparkObs.Spark.Events;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Replay;

/// <summary>Replays each log in turn, says what it could not read, and decides the exit code.</summary>
internal sealed class ReplayRun(ReplayOptions options, Terminal terminal)
{
    /// <summary>Of what was skipped in a folder the first are shown.</summary>
    private const int MaxSkippedShown = 5;

    private const int FileBuffer = 64 * 1024;

    private readonly SpanBatchPool pool = new();
    private long applications, tasksLeftOut, unsampled;
    private bool badInput, notAll;

    public async Task<ExitCode> RunAsync(CancellationToken cancellationToken)
    {
        var traceOptions = CommonOptions.TraceOptions(terminal, options.AllTasks);
        var logs = await FindLogsAsync(cancellationToken).ConfigureAwait(false);
        if (logs.Count == 0)
            return ExitCode.BadInput;
        CheckNotAnInput(logs);
        var output = OpenOutput();
        var closing = false;
        try
        {
            var interrupted = false;
            foreach (var log in logs)
                interrupted = interrupted || await ReplayAsync(log, traceOptions, output, cancellationToken).ConfigureAwait(false);
            notAll |= output.Refused > 0;
            closing = true;
            await output.DisposeAsync().ConfigureAwait(false);
            Summarize(output);
            return interrupted ? ExitCode.Interrupted : badInput ? ExitCode.BadInput : notAll ? ExitCode.NotAll : ExitCode.Done;
        }
        catch (CollectorUnreachableException e)
        {
            terminal.Note(e.Message); // it has the counts
            return ExitCode.CollectorUnreachable;
        }
        catch (IOException e)
        {
            throw new UserError($"cannot write {options.File ?? "standard output"}: {e.Message}", ExitCode.Failed, e);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            terminal.Note("interrupted; not all of what was read could be delivered in time");
            Summarize(output);
            return ExitCode.Interrupted;
        }
        finally
        {
            if (!closing)
                await DisposeQuietlyAsync(output).ConfigureAwait(false);
        }
    }

    /// <summary>False when there is more to do, true when the user wants an end.</summary>
    private async Task<bool> ReplayAsync(EventLog log, TraceOptions traceOptions, IReplayOutput output, CancellationToken cancellationToken)
    {
        var reader = new EventLogReader(log, options.Follow);
        var builder = new TraceBuilder(traceOptions, pool) { SourceIncomplete = log.CompactedAway };
        var pipeline = new ReplayPipeline(reader, builder, output.Begin(), options.Follow);
        if (log.CompactedAway)
            terminal.Note($"{log.Path}: Spark has compacted this log; tasks, jobs and stages that had ended before are gone");
        if (log is { IsNumbered: true, InProgress: true })
            terminal.Note($"{log.Path}: the application still runs, or a bridge waits for it: this is what has come so far");
        try
        {
            var work = pipeline.RunAsync(output.ShowsOpenSpans, cancellationToken);
            await new ReplayProgress(terminal, log.Path, reader).WatchAsync(work).ConfigureAwait(false);
        }
        catch (EventLogException e)
        {
            terminal.Note(e.Message);
            badInput = true;
        }
        Report(log, reader, pipeline);
        applications++;
        tasksLeftOut += builder.Counters.TasksOmitted;
        unsampled += builder.Counters.Unsampled;
        if (pipeline.Spans > 0)
            output.End();
        return pipeline.Interrupted;
    }

    private void Report(EventLog log, EventLogReader reader, ReplayPipeline pipeline)
    {
        foreach (var problem in pipeline.Problems)
            terminal.Note($"unreadable: {problem}");
        if (reader.UnreadableLines > pipeline.Problems.Count)
            terminal.Note($"{log.Path}: {Human.Count(reader.UnreadableLines - pipeline.Problems.Count)} more unreadable lines");
        if (reader.Truncated is { } truncated)
            terminal.Note($"not read to its end: {truncated}");
        if (reader.MissingLines > 0)
            terminal.Note($"{log.Path}: {Human.Count(reader.MissingLines, "line")} of it are missing");
        if (reader.BeginsWithState)
            terminal.Note($"{log.Path}: what had been delivered before is not in this journal, and not sent again");
        notAll |= reader.UnreadableLines > 0 || reader.Truncated is not null || reader.MissingLines > 0;
        if (pipeline.Events == 0 && !pipeline.Interrupted)
        {
            var why = reader.Lines == 0 ? "is empty" : "holds no event that sparkobs knows: it is no Spark event log, or too damaged";
            terminal.Note($"{log.Path} {why}");
            badInput = true;
        }
        else if (pipeline.Spans == 0 && !pipeline.Interrupted)
        {
            terminal.Note($"{log.Path}: the log ends before its application started; there is nothing to show");
        }
        else if (options.Output != OutputKind.Tree && !pipeline.Trace.IsNone)
        {
            var others = pipeline.OwnTraces > 0 ? $" and {Human.Count(pipeline.OwnTraces)} of streaming batches or Connect operations" : "";
            terminal.Note($"{log.Path}: trace {pipeline.Trace}{others}");
        }
    }

    private void Summarize(IReplayOutput output)
    {
        if (output.Summary() is not { } summary)
            return;
        var tasks = tasksLeftOut > 0 ? $", {Human.Count(tasksLeftOut, "task")} of large stages left out (--tasks all sends them)" : "";
        var callers = unsampled > 0 ? $", {Human.Count(unsampled, "span")} left out as their callers do not sample" : "";
        terminal.Note($"{Human.Count(applications, "application")}, {summary}{tasks}{callers}");
    }

    private async Task<List<EventLog>> FindLogsAsync(CancellationToken cancellationToken)
    {
        var logs = new List<EventLog>();
        foreach (var path in options.Paths)
        {
            try
            {
                var found = await EventLogFinder.FindAsync(path, cancellationToken).ConfigureAwait(false);
                logs.AddRange(found.Logs);
                foreach (var skipped in found.Skipped.Take(MaxSkippedShown))
                    terminal.Note($"skipped: {skipped}");
                if (found.Skipped.Count > MaxSkippedShown)
                    terminal.Note($"skipped {Human.Count(found.Skipped.Count - MaxSkippedShown)} more in {path}");
            }
            catch (EventLogException e)
            {
                terminal.Note(e.Message);
                badInput = true;
            }
        }
        return logs;
    }

    private IReplayOutput OpenOutput() => options.Output switch
    {
        OutputKind.Otlp => new OtlpOutput(OtlpOptions(), terminal),
        OutputKind.OtlpJson => new OtlpJsonOutput(OpenFile() ?? terminal.OpenOutput()),
        _ => new TreeOutput(terminal, OpenFile()),
    };

    private OtlpOptions OtlpOptions()
    {
        var read = OtlpEnvironment.Read(terminal.Variable, options.Endpoint);
        return options.GiveUpAfter is { } giveUpAfter ? read with { GiveUpAfter = giveUpAfter } : read;
    }

    private void CheckNotAnInput(List<EventLog> logs)
    {
        if (options.File is { } file && logs.Exists(log => log.Files.Any(input => Path.GetFullPath(input) == Path.GetFullPath(file))))
            throw new UserError($"-o {file} is one of the logs to read; writing it would destroy the log");
    }

    private FileStream? OpenFile()
    {
        try
        {
            return options.File is { } file ? new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read, FileBuffer) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"cannot write {options.File}: {e.Message}", ExitCode.Failed, e);
        }
    }

    /// <summary>Something else has failed already, and is what is reported.</summary>
    private static async ValueTask DisposeQuietlyAsync(IReplayOutput output)
    {
        try
        {
            await output.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
        }
    }
}
