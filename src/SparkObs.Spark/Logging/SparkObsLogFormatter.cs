using System.Text;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Json;
using SparkObs.Spark.Logging;

namespace SparkObs.Spark;

/// <summary>
/// For sinks of one's own: an event as a line of CLEF, as Serilog.Formatting.Compact writes it, with what the event itself lacks at the
/// end of the line: the resource (application, pod, node, namespace, container by OpenTelemetry's names, as far as they are known), and
/// outside of any activity the trace and span of the application that runs in this process. To add the same to events, by
/// <see cref="SparkObsLoggerConfigurationExtensions.WithSparkObs"/>, costs more.
/// </summary>
public sealed class SparkObsLogFormatter : ITextFormatter
{
    /// <summary>What one long line needed is not kept for ever.</summary>
    private const int KeptChars = 64 * 1024;

    private static readonly JsonValueFormatter Values = new("$type");

    [ThreadStatic]
    private static StringWriter? reused;

    private readonly LogResource resource;

    /// <summary>Reads the environment once.</summary>
    /// <exception cref="SparkObsConfigurationException">OTEL_RESOURCE_ATTRIBUTES is wrong.</exception>
    public SparkObsLogFormatter()
        : this(LogSettings.ReadResource(Environment.GetEnvironmentVariable))
    {
    }

    internal SparkObsLogFormatter(LogResource resource) => this.resource = resource;

    /// <summary>Writes the event's line.</summary>
    /// <param name="logEvent">The event.</param>
    /// <param name="output">Gets the line, and its end.</param>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(logEvent);
        ArgumentNullException.ThrowIfNull(output);
        output.Write(Line(logEvent));
    }

    /// <summary>The event's line and its end, until this thread asks for the next one.</summary>
    internal StringBuilder Line(LogEvent e)
    {
        var writer = reused ??= new StringWriter(new StringBuilder(1024));
        var line = writer.GetStringBuilder();
        if (line.Capacity > KeptChars)
            line = (writer = reused = new StringWriter(new StringBuilder(1024))).GetStringBuilder();
        line.Clear();
        CompactJsonFormatter.FormatEvent(e, writer, Values);
        // The closing brace.
        line.Length--;
        var identity = resource.Current;
        if (e.TraceId is null || e.SpanId is null)
            line.Append(identity.IdsJson);
        if (!identity.IsEmpty && !e.Properties.ContainsKey(LogIdentity.PropertyName))
            line.Append(identity.Json);
        return line.Append("}\n");
    }
}
