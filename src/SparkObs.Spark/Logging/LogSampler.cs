using System.Diagnostics;
using System.Globalization;
using Serilog.Core;
using Serilog.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Logging;

/// <summary>
/// Which lines are written: warnings and errors all, of the rest a part. Lines of one unit stay together: of a task, else a SQL
/// execution, else a job (by properties of their names), else of the local root activity; a line of none is taken by chance. Must be
/// asked on the thread that logs.
/// </summary>
internal sealed class LogSampler(double informationRate, double debugRate, LogResource resource) : ILogEventFilter
{
    /// <summary>Room for the digits of any number.</summary>
    private const int MaxDigits = 32;

    private static readonly (string Property, byte[] Prefix)[] Units =
    [
        (SparkAttributes.TaskId.Name, "task|"u8.ToArray()),
        (SparkAttributes.ExecutionId.Name, "sql|"u8.ToArray()),
        (SparkAttributes.JobId.Name, "job|"u8.ToArray()),
    ];

    private static readonly ulong RootPrefix = SamplingHash.Add(SamplingHash.Empty, "root|"u8);

    private long left;

    /// <summary>Lines that were left out.</summary>
    public long LeftOut => Interlocked.Read(ref left);

    public bool IsEnabled(LogEvent logEvent)
    {
        var rate = logEvent.Level switch
        {
            >= LogEventLevel.Warning => 1,
            LogEventLevel.Information => informationRate,
            _ => debugRate,
        };
        if (rate >= 1 || (rate > 0 && Fraction(logEvent) < rate))
            return true;
        Interlocked.Increment(ref left);
        LogMetrics.SampledOut();
        return false;
    }

    private double Fraction(LogEvent logEvent)
    {
        foreach (var (property, prefix) in Units)
        {
            if (logEvent.Properties.TryGetValue(property, out var value) && value is ScalarValue { Value: { } id })
                return SamplingHash.Fraction(AddId(UnitOf(prefix, resource.Current.AppId), id));
        }
        return RootId(logEvent) is { } root ? SamplingHash.Fraction(SamplingHash.Add(RootPrefix, root)) : Random.Shared.NextDouble();
    }

    private static ulong UnitOf(ReadOnlySpan<byte> prefix, string appId) =>
        SamplingHash.Add(SamplingHash.Add(SamplingHash.Add(SamplingHash.Empty, prefix), appId), "|"u8);

    /// <summary>The id as its decimal digits or its text: 7 and "7" are the same task.</summary>
    private static ulong AddId(ulong state, object id)
    {
        Span<byte> digits = stackalloc byte[MaxDigits];
        return id is string text ? SamplingHash.Add(state, text)
            : id is IUtf8SpanFormattable number && number.TryFormat(digits, out var written, default, CultureInfo.InvariantCulture) ? SamplingHash.Add(state, digits[..written])
            : SamplingHash.Add(state, id.ToString());
    }

    private static string? RootId(LogEvent logEvent)
    {
        if (logEvent.SpanId is not { } span)
            return null;
        var activity = Activity.Current;
        // An event that is told for another time or thread knows its own span only.
        if (activity is null || activity.SpanId != span)
            return span.ToHexString();
        while (activity.Parent is { } parent)
            activity = parent;
        return activity.SpanId.ToHexString();
    }
}
