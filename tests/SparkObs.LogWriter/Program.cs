using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using SparkObs.Spark.Logging;

// LOG|- FILE-BYTES ACCEPTED THREADS LINES END: threads log as fast as they can, each up to LINES lines, and note in the file ACCEPTED, one
// byte a line, which were accepted; the notes outlive the process. LOG is - for standard output. END: `signal` waits to be killed, `exit` ends by Environment.Exit,
// `throw` and `throw-async` by an exception that nobody catches, with "go" on standard input.
var (log, fileBytes, accepted, end) = (args[0], long.Parse(args[1], CultureInfo.InvariantCulture), args[2], args[5]);
var (threads, lines) = (int.Parse(args[3], CultureInfo.InvariantCulture), int.Parse(args[4], CultureInfo.InvariantCulture));

using var source = new ActivitySource("SparkObs.LogWriter");
using var listener = new ActivityListener
{
    ShouldListenTo = static _ => true,
    Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
};
ActivitySource.AddActivityListener(listener);
var sink = new LogSink(LogSettings.Read(new SparkObs.Spark.SparkObsLogOptions { File = log == "-" ? null : log, FileBytes = fileBytes, Files = 10_000 }, Environment.GetEnvironmentVariable));
var logger = new LoggerConfiguration().WriteTo.Sink(new Noting(sink)).CreateLogger();
var notes = MemoryMappedFile.CreateFromFile(accepted, FileMode.Create, null, (long)threads * lines).CreateViewAccessor();

for (var i = 0; i < threads; i++)
{
    var writer = i;
    new Thread(() =>
    {
        using var activity = source.StartActivity("writer");
        for (var line = 0; line < lines; line++)
        {
            logger.Information("Writer {Writer} writes line {Line} of many", writer, line);
            if (Noting.Accepted)
                notes.Write((long)writer * lines + line, (byte)1);
            else
                Thread.Sleep(1);
        }
    })
    { IsBackground = true }.Start();
}

Console.In.ReadLine();
switch (end)
{
    case "exit":
        Environment.Exit(0);
        break;
    case "throw":
        using (var activity = source.StartActivity("driver"))
        {
            Console.Out.WriteLine($"{activity!.TraceId} {activity.SpanId}");
            throw new InvalidOperationException("nobody catches this");
        }
    case "throw-async":
        await ThrowAsync();
        break;
    default:
        Thread.Sleep(Timeout.Infinite);
        break;
}

async Task ThrowAsync()
{
    using var activity = source.StartActivity("driver");
    Console.Out.WriteLine($"{activity!.TraceId} {activity.SpanId}");
    await Task.Yield();
    throw new InvalidOperationException("nobody catches this");
}

/// <summary>Tells the thread that logged whether its line was accepted.</summary>
internal sealed class Noting(LogSink sink) : ILogEventSink
{
    [ThreadStatic]
    private static bool accepted;

    public static bool Accepted => accepted;

    public void Emit(LogEvent logEvent) => accepted = sink.TryAdd(logEvent);
}
