using System.Diagnostics;
using System.Text;
using System.Text.Json;
using CsCheck;
using Serilog.Events;
using Serilog.Formatting.Compact;
using SparkObs.Spark.Logging;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Logging;

/// <summary>The lines are Serilog.Formatting.Compact's, of the event with its resource and ids.</summary>
public class ClefLinesTests
{
    private static readonly RunningApplication Application = new(
        "app-1", "nightly \"report\"", new Traceparent(new TraceId(0x0102030405060708, 0x090a0b0c0d0e0f10), new SpanId(0x1112131415161718), Sampled: true));

    private static readonly LogResource Resource = LogEvents.Resource(Application, ("POD_NAME", "driver-7"), ("NODE_NAME", "node-1"), ("POD_NAMESPACE", "etl"), ("CONTAINER_NAME", "main"));

    private static readonly Gen<object?> Scalars = Gen.OneOf<object?>(
        Gen.String.Select(text => (object?)text), Gen.Int.Select(number => (object?)number), Gen.Long.Select(number => (object?)number),
        Gen.Double.Select(number => (object?)number), Gen.Float.Select(number => (object?)number), Gen.Decimal.Select(number => (object?)number),
        Gen.Bool.Select(flag => (object?)flag), Gen.Char.Select(c => (object?)c), Gen.DateTime.Select(time => (object?)time), Gen.DateTimeOffset.Select(time => (object?)time),
        Gen.TimeSpan.Select(time => (object?)time), Gen.Guid.Select(id => (object?)id), Gen.Const((object?)null));

    private static readonly Gen<LogEventPropertyValue> Values = Gen.Recursive<LogEventPropertyValue>((depth, inner) => depth > 3
        ? Scalars.Select(value => (LogEventPropertyValue)new ScalarValue(value))
        : Gen.OneOf(
            Scalars.Select(value => (LogEventPropertyValue)new ScalarValue(value)),
            inner.Array[0, 3].Select(values => (LogEventPropertyValue)new SequenceValue(values)),
            inner.Array[0, 3].Select(values => (LogEventPropertyValue)new StructureValue(values.Select((value, i) => new LogEventProperty($"m{i}", value)), values.Length > 1 ? "Type" : null)),
            inner.Array[0, 3].Select(values => (LogEventPropertyValue)new DictionaryValue(values.Select((value, i) => KeyValuePair.Create(new ScalarValue(i), value))))));

    private static readonly Gen<LogEvent> Events =
        from level in Gen.Enum<LogEventLevel>()
        from template in Choice("plain", "{A} and {B:000} {C:l} {@D} {$E}", "{A}", "{{escaped}} {Missing}", "ünï \"quoted\"\n\u0001 {B,10:x}", "")
        from names in Choice("A", "B", "C", "D", "E", "@t", "@@", "with space", "ü", "").Array[0, 8]
        from values in Values.Array[8]
        from fails in Gen.Bool
        from spans in Gen.Bool
        select LogEvents.Of(level, template, fails ? new InvalidOperationException("no \"luck\"\r\n") : null,
            spans ? ActivityTraceId.CreateRandom() : default, spans ? ActivitySpanId.CreateRandom() : default,
            [.. names.Distinct().Where(name => name.Length > 0).Select((name, i) => new LogEventProperty(name, values[i]))]);

    private static Gen<string> Choice(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    [Fact]
    public void Lines_are_those_of_Serilogs_own_formatter()
    {
        var lines = new ClefLines(Resource);
        Events.Sample(e =>
        {
            var known = e.TraceId is not null ? e : LogEvents.Of(e.Level, e.MessageTemplate.Text, e.Exception,
                ActivityTraceId.CreateFromString(Application.Context.Trace.ToString()), ActivitySpanId.CreateFromString(Application.Context.Span.ToString()),
                [.. e.Properties.Select(property => new LogEventProperty(property.Key, property.Value))]);
            known.AddPropertyIfAbsent(Resource.Current.Property);
            using var text = new StringWriter();
            lines.Clear();
            try
            {
                new CompactJsonFormatter().Format(known, text);
            }
            catch (FormatException)
            {
                // The template's format is none of its value's.
                Assert.Throws<FormatException>(() => lines.Add(e));
                Assert.Equal(0, lines.Bytes.Length);
                return;
            }
            lines.Add(e);
            var expected = Encoding.UTF8.GetBytes(text.ToString().ReplaceLineEndings("\n"));
            if (e.TraceId is not null)
                Assert.Equal(expected, lines.Bytes.ToArray());
            else
                Assert.Equal(Members(expected), Members(lines.Bytes));
        }, iter: 2_000, threads: 1);
    }

    [Fact]
    public void A_line_has_the_resource_and_the_applications_ids()
    {
        Assert.Equal(
            """
            {"@t":"2026-11-27T09:20:30.1230000Z","@mt":"job {Job} began","Job":3,"@tr":"0102030405060708090a0b0c0d0e0f10","@sp":"1112131415161718","resource":{"service.name":"nightly \"report\"","spark.app.id":"app-1","spark.app.name":"nightly \"report\"","k8s.pod.name":"driver-7","k8s.namespace.name":"etl","k8s.node.name":"node-1","k8s.container.name":"main"}}

            """.ReplaceLineEndings("\n"),
            Line(Resource, LogEvents.Of(LogEventLevel.Information, "job {Job} began", ("Job", 3))));
    }

    [Fact]
    public void What_is_not_known_is_left_out()
    {
        var e = LogEvents.Of(LogEventLevel.Warning, "alone");
        Assert.Equal("""{"@t":"2026-11-27T09:20:30.1230000Z","@mt":"alone","@l":"Warning"}""" + "\n", Line(LogEvents.Resource(), e));
    }

    [Fact]
    public void A_resource_of_the_events_own_stays()
    {
        var e = LogEvents.Of(LogEventLevel.Information, "x", ("resource", "mine"));
        Assert.Equal("""{"@t":"2026-11-27T09:20:30.1230000Z","@mt":"x","resource":"mine","@tr":"0102030405060708090a0b0c0d0e0f10","@sp":"1112131415161718"}""" + "\n", Line(Resource, e));
    }

    [Fact]
    public void Long_lines_and_pairs_across_blocks_are_whole()
    {
        var lines = new ClefLines(LogEvents.Resource());
        foreach (var length in new[] { 1, 100_000, 3, 2_000_000, 7 })
        {
            var text = string.Concat(Enumerable.Repeat("x𝄞", length));
            lines.Clear();
            lines.Add(LogEvents.Of(LogEventLevel.Information, "{Text}", ("Text", text)));
            Assert.Equal(text, JsonDocument.Parse(lines.Bytes.ToArray()).RootElement.GetProperty("Text").GetString());
        }
    }

    [Fact]
    public void An_event_that_cannot_be_formatted_leaves_nothing()
    {
        var lines = new ClefLines(LogEvents.Resource());
        lines.Add(LogEvents.Of(LogEventLevel.Information, "a"));
        var before = lines.Bytes.ToArray();
        Assert.Throws<NotSupportedException>(() => lines.Add(LogEvents.Of(LogEventLevel.Information, "{Bad}", ("Bad", new Unprintable()))));
        Assert.Equal(before, lines.Bytes.ToArray());
        Assert.Equal(1, lines.Count);
    }

    private static string Line(LogResource resource, LogEvent e)
    {
        var lines = new ClefLines(resource);
        lines.Add(e);
        return Encoding.UTF8.GetString(lines.Bytes);
    }

    private static IEnumerable<(string, string)> Members(ReadOnlySpan<byte> line) =>
        JsonDocument.Parse(line.ToArray()).RootElement.EnumerateObject().Select(member => (member.Name, member.Value.GetRawText())).Order();

    private sealed class Unprintable
    {
        public override string ToString() => throw new NotSupportedException();
    }
}
