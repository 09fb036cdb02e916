using Serilog.Core;
using Serilog.Events;

namespace SparkObs.Spark.Logging;

/// <summary>What <c>SparkObs()</c> adds to a logger: sampling, then a queue for each output. Ends with the process.</summary>
internal sealed class LogSink : ILogEventSink, IDisposable
{
    /// <summary>Soon enough to follow a file.</summary>
    private static readonly TimeSpan FileLinger = TimeSpan.FromMilliseconds(100);

    /// <summary>A request a second at most, unless there is much to send.</summary>
    private static readonly TimeSpan OtlpLinger = TimeSpan.FromSeconds(1);

    /// <summary>How long the end of the process, or of the logger, may wait for a disk and for a collector.</summary>
    private static readonly TimeSpan FlushWithin = TimeSpan.FromSeconds(10);

    private readonly LogQueue lines;
    private readonly LogQueue? otlp;
    private readonly LogSampler sampler;
    private readonly IDisposable[] end;

    public LogSink(LogSettings settings)
    {
        sampler = new LogSampler(settings.InformationRate, settings.DebugRate, settings.Resource);
        ILineTarget target = settings.File is { } file ? new LogFile(file, settings.FileBytes, settings.Files) : new StandardOutput();
        lines = new LogQueue(new LineOutput(target, settings.Resource, new LogTally(settings.File is null ? "stdout" : "file", settings.Notice), TimeProvider.System), FileLinger, FlushWithin);
        if (settings.Otlp is { } options)
            otlp = new LogQueue(new OtlpOutput(options, settings.Resource, new LogTally("otlp", settings.Notice)), OtlpLinger, FlushWithin);
        UnhandledExceptions.Remember();
        end = [ProcessEnd.Register(ProcessEndStep.Note, NoteAsync), ProcessEnd.Register(ProcessEndStep.Logs, FlushAsync)];
    }

    public void Emit(LogEvent logEvent)
    {
        if (sampler.IsEnabled(logEvent))
            TryAdd(logEvent);
    }

    /// <returns>Whether the event will be in the lines.</returns>
    internal bool TryAdd(LogEvent logEvent)
    {
        otlp?.TryAdd(logEvent);
        return lines.TryAdd(logEvent);
    }

    public void Dispose()
    {
        foreach (var registration in end)
            registration.Dispose();
        otlp?.Dispose();
        lines.Dispose();
    }

    private Task NoteAsync(ProcessEndCause cause)
    {
        lines.WriteThrough();
        if (cause.Unhandled is { } exception)
            TryAdd(UnhandledExceptions.Event(exception));
        return Task.CompletedTask;
    }

    /// <summary>The process may go on for a while, and log more: nothing is closed.</summary>
    private Task FlushAsync(ProcessEndCause cause)
    {
        lines.Flush(FlushWithin);
        otlp?.Flush(FlushWithin);
        return Task.CompletedTask;
    }
}
