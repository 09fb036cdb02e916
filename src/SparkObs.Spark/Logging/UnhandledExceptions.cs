using System.Diagnostics;
using System.Runtime.CompilerServices;
using Serilog.Events;
using Serilog.Parsing;

namespace SparkObs.Spark.Logging;

/// <summary>
/// The line about the exception that ended the process. When it is told, an <c>async</c> Main has left its activities: the ids are those
/// of the place where the exception was thrown, which is remembered with it.
/// </summary>
internal static class UnhandledExceptions
{
    private static readonly MessageTemplate Template = new MessageTemplateParser().Parse("The process ends by an exception that nobody caught");

    private static readonly ConditionalWeakTable<Exception, Activity> ThrownIn = [];
    private static int remembering;

    /// <summary>Notes from now on in which activity an exception is thrown.</summary>
    public static void Remember()
    {
        if (Interlocked.Exchange(ref remembering, 1) == 0)
        {
            AppDomain.CurrentDomain.FirstChanceException += static (_, thrown) =>
            {
                // Thrown again on its way out, it was thrown in the innermost.
                if (Activity.Current is { } activity)
                    ThrownIn.TryAdd(thrown.Exception, activity);
            };
        }
    }

    public static LogEvent Event(Exception exception)
    {
        var activity = ThrownIn.TryGetValue(exception, out var thrownIn) ? thrownIn : Activity.Current;
        return new LogEvent(DateTimeOffset.Now, LogEventLevel.Fatal, exception, Template, [], activity?.TraceId ?? default, activity?.SpanId ?? default);
    }
}
