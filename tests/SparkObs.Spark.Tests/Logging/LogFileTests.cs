using System.Text;
using Serilog.Events;
using SparkObs.Spark.Logging;
using SparkObs.Spark.Tests.Bridge;
using SparkObs.Spark.Tests.Events;

namespace SparkObs.Spark.Tests.Logging;

public class LogFileTests
{
    [Fact]
    public void A_file_that_is_large_is_put_aside_and_the_oldest_go()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "below", "app.clef");
        using (var file = new LogFile(path, maxBytes: 10, maxFiles: 3))
        {
            foreach (var lines in new[] { "1234\n5678\n", "a\n", "bcdefghijklmnop\nq\n", "r\ns\nt\nu\nv\n", "w\n" })
                Write(file, lines);
        }
        Assert.Equal(
            [("app-000003.clef", "bcdefghijklmnop\n"), ("app-000004.clef", "q\nr\ns\nt\nu\n"), ("app.clef", "v\nw\n")],
            Directory.GetFiles(Path.GetDirectoryName(path)!).Order(StringComparer.Ordinal).Select(file => (Path.GetFileName(file), File.ReadAllText(file))));
    }

    [Fact]
    public void A_torn_line_of_a_process_that_was_killed_is_cut_away()
    {
        using var folder = new TempFolder();
        foreach (var (left, expected) in new[] { ("", "new\n"), ("old\n", "old\nnew\n"), ("old\nto", "old\nnew\n"), ("torn", "new\n"), ("old\n" + new string('x', 10_000), "old\nnew\n") })
        {
            var path = folder.Write("app.clef", Encoding.UTF8.GetBytes(left));
            using (var file = new LogFile(path, 1 << 20, 2))
                Write(file, "new\n");
            Assert.Equal(expected, File.ReadAllText(path));
        }
    }

    [Fact]
    public void Numbers_go_on_where_an_earlier_process_ended()
    {
        using var folder = new TempFolder();
        folder.Write("app-000041.clef", "old\n"u8);
        folder.Write("app-notes.clef", "mine\n"u8);
        var path = folder.Write("app.clef", "full\n"u8);
        using (var file = new LogFile(path, 6, 10))
            Write(file, "new\n");
        Assert.Equal(["app-000041.clef", "app-000042.clef", "app-notes.clef", "app.clef"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Trouble_is_told_once_and_what_is_lost_is_counted()
    {
        var notices = new List<string>();
        var target = new FailingTarget();
        var time = new ManualTime();
        using var output = new LineOutput(target, LogEvents.Resource(), new LogTally("file", notices.Add), time);
        LogEvent[] events = [.. Enumerable.Range(0, 5).Select(i => LogEvents.Of(LogEventLevel.Information, "{I}", ("I", i)))];
        output.Write(events);
        target.Full = true;
        output.Write(events);
        output.Write(events.AsSpan(0, 2));
        target.Full = false;
        time.Advance(LineOutput.SettlesAfter - TimeSpan.FromMilliseconds(1));
        output.Write(events.AsSpan(0, 1));
        Assert.Single(notices);
        time.Advance(TimeSpan.FromMilliseconds(1));
        output.Write(events.AsSpan(1, 1));
        Assert.Equal((7, 7), (output.Tally.Written, output.Tally.Dropped));
        Assert.Equal(["the target takes no log lines (No space left on device); they are lost until it does.", "the target takes log lines again; 7 were lost."], notices);
        output.Tally.TellDrops(now: true);
        Assert.Equal(2, notices.Count);
        Assert.Equal([0, 1, 2, 3, 4, 0, 1], target.Lines.Select(line => int.Parse(line.Split("\"I\":")[1].TrimEnd('}'))));
    }

    [Fact]
    public void A_value_that_cannot_be_written_costs_its_own_line()
    {
        var target = new FailingTarget();
        using var output = new LineOutput(target, LogEvents.Resource(), new LogTally("file", static _ => { }), TimeProvider.System);
        output.Write([LogEvents.Of(LogEventLevel.Information, "a"), LogEvents.Of(LogEventLevel.Information, "{Bad}", ("Bad", new Lazy<int>(() => 1))), LogEvents.Of(LogEventLevel.Information, "{Bad}", ("Bad", new Unprintable()))]);
        Assert.Equal((2, 1), (output.Tally.Written, output.Tally.Dropped));
        Assert.Equal(2, target.Lines.Count);
    }

    private static void Write(LogFile file, string lines)
    {
        var left = Encoding.UTF8.GetBytes(lines).AsSpan();
        while (left.Length > 0)
            left = left[file.Write(left)..];
    }

    private sealed class FailingTarget : ILineTarget
    {
        public bool Full { get; set; }

        public List<string> Lines { get; } = [];

        public string Display => "the target";

        public int Write(ReadOnlySpan<byte> lines)
        {
            if (Full)
                throw new IOException("No space left on device");
            Lines.AddRange(Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries));
            return lines.Length;
        }

        public void Dispose()
        {
        }
    }

    private sealed class Unprintable
    {
        public override string ToString() => throw new NotSupportedException();
    }
}
