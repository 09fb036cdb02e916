using System.Diagnostics;
using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;
using SparkObs.Spark.Logging;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Logging;

/// <summary>Events, resources and outputs for tests.</summary>
internal static class LogEvents
{
    public static readonly DateTimeOffset Time = new(2026, 11, 27, 10, 20, 30, 123, TimeSpan.FromHours(1));

    public static LogEvent Of(LogEventLevel level, string template, params (string Name, object? Value)[] properties) =>
        Of(level, template, null, default, default, [.. properties.Select(property => new LogEventProperty(property.Name, Value(property.Value)))]);

    public static LogEvent Of(LogEventLevel level, string template, Exception? exception, ActivityTraceId trace, ActivitySpanId span, params LogEventProperty[] properties) =>
        new(Time, level, exception, new MessageTemplateParser().Parse(template), properties, trace, span);

    public static LogEvent InSpan(ActivitySpanId span, params (string Name, object? Value)[] properties) =>
        Of(LogEventLevel.Information, "in a span", null, ActivityTraceId.CreateRandom(), span, [.. properties.Select(property => new LogEventProperty(property.Name, Value(property.Value)))]);

    public static LogEventPropertyValue Value(object? value) => value as LogEventPropertyValue ?? new ScalarValue(value);

    public static LogResource Resource(RunningApplication? running = null, params (string Name, string Value)[] variables) =>
        new(PodInfo.Read(name => variables.FirstOrDefault(variable => variable.Name == name).Value, "/nowhere"), null, [], () => running);
}

/// <summary>Takes events when it is let.</summary>
internal sealed class HeldOutput : ILogOutput
{
    private readonly ManualResetEventSlim open = new();

    public List<string> Notices { get; } = [];

    public List<LogEvent> Written { get; } = [];

    public LogTally Tally { get; }

    public HeldOutput() => Tally = new LogTally("test", Notices.Add);

    public void Open() => open.Set();

    public void Write(ReadOnlySpan<LogEvent> events)
    {
        open.Wait();
        Written.AddRange(events);
        Tally.AddWritten(events.Length);
    }

    public void Abandon() => open.Set();

    public void Dispose() => open.Dispose();
}

/// <summary>Keeps the events of a Serilog logger.</summary>
internal sealed class KeptEvents : ILogEventSink
{
    public List<LogEvent> Events { get; } = [];

    public void Emit(LogEvent logEvent) => Events.Add(logEvent);
}
