using BenchmarkDotNet.Attributes;
using SparkObs.Spark.Events;

namespace SparkObs.Benchmarks;

/// <summary>One line to one event, and a whole log in memory. <c>SPARKOBS_LOG</c> names an uncompressed event log.</summary>
[MemoryDiagnoser]
public class EventReaderBenchmarks
{
    private readonly EventReader reader = new();
    private byte[] log = [];
    private byte[] taskEnd = [];
    private byte[] jobStart = [];

    [GlobalSetup]
    public void Setup()
    {
        log = File.ReadAllBytes(Environment.GetEnvironmentVariable("SPARKOBS_LOG")
            ?? throw new InvalidOperationException("Set SPARKOBS_LOG to an uncompressed event log."));
        taskEnd = LineOf("{\"Event\":\"SparkListenerTaskEnd\""u8);
        jobStart = LineOf("{\"Event\":\"SparkListenerJobStart\""u8);
    }

    [Benchmark]
    public bool TaskEnd() => reader.Read(taskEnd, out _) == LineOutcome.Event;

    [Benchmark]
    public bool JobStart() => reader.Read(jobStart, out _) == LineOutcome.Event;

    [Benchmark]
    public int WholeLog()
    {
        var events = 0;
        for (var rest = log.AsSpan(); !rest.IsEmpty;)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = rest[Math.Min(line.Length + 1, rest.Length)..];
            if (reader.Read(line, out _) == LineOutcome.Event)
                events++;
        }

        return events;
    }

    private byte[] LineOf(ReadOnlySpan<byte> start)
    {
        var from = log.AsSpan().IndexOf(start);
        if (from < 0)
            throw new InvalidOperationException("SPARKOBS_LOG holds no job.");
        var line = log.AsSpan(from);
        return line[..line.IndexOf((byte)'\n')].ToArray();
    }
}
