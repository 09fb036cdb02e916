using System.Buffers.Binary;
using K4os.Compression.LZ4;
using K4os.Hash.xxHash;
using Snappier;
using SparkObs.Spark.Events;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>The trace of a log does not depend on how the log is stored, nor on how often it is replayed.</summary>
public sealed class SameBytesTests : IDisposable
{
    private const int Block = 32 * 1024;
    private readonly TempFolder folder = new();
    private readonly byte[] text = File.ReadAllBytes(TestLogs.Workload("3.5.3/sql-aqe"));

    public static TheoryData<string> Codecs => ["plain", "zstd", "lz4", "snappy", "lzf"];

    [LogTheory]
    [MemberData(nameof(Codecs))]
    public async Task A_log_gives_the_same_bytes_in_each_codec(string codec) =>
        AssertSame(await ExpectedAsync(), await ReplayAsync(folder.Write("log", Encode(codec, text))));

    [LogTheory]
    [MemberData(nameof(Codecs))]
    public async Task A_log_gives_the_same_bytes_as_a_rolling_folder(string codec)
    {
        var number = 0;
        for (var start = 0; start < text.Length;)
        {
            var end = Math.Min(text.Length, start + 300_000);
            end += text.AsSpan(end..).IndexOf((byte)'\n') + 1;
            folder.Write($"eventlog_v2_x/events_{++number}_x", Encode(codec, text.AsSpan(start..end)));
            start = end;
        }
        folder.Write("eventlog_v2_x/appstatus_x", []);
        Assert.InRange(number, 5, 10);

        AssertSame(await ExpectedAsync(), await ReplayAsync(Path.Combine(folder.Path, "eventlog_v2_x")));
    }

    [LogTheory]
    [InlineData("3.0.3/failures")]
    [InlineData("3.5.3/many-tasks")]
    [InlineData("4.3.0/connect")]
    [InlineData("4.3.0/streaming")]
    public async Task A_log_replayed_twice_gives_the_same_bytes(string workload)
    {
        var once = await ReplayAsync(TestLogs.Workload(workload));
        Assert.InRange(once.Length, 10_000, int.MaxValue);
        AssertSame(once, await ReplayAsync(TestLogs.Workload(workload)));
    }

    public void Dispose() => folder.Dispose();

    /// <summary>Megabytes: not to be shown.</summary>
    private static void AssertSame(byte[] expected, byte[] actual) => Assert.True(expected.AsSpan().SequenceEqual(actual));

    private static Task<byte[]> ExpectedAsync() => ReplayAsync(TestLogs.Workload("3.5.3/sql-aqe"));

    private static async Task<byte[]> ReplayAsync(string path)
    {
        var log = (await EventLogFinder.FindAsync(path, default)).Logs.Single();
        using var lines = new MemoryStream();
        await using var sink = new OtlpJsonSink(lines);
        var builder = new TraceBuilder(new TraceOptions(), new SpanBatchPool());
        await new EventLogReader(log).ReadAsync(new Replay(builder), default);
        builder.Complete();
        if (builder.TakeBatch() is { } batch)
            await sink.WriteAsync(batch, default);
        return lines.ToArray();
    }

    private static byte[] Encode(string codec, ReadOnlySpan<byte> plain) => codec switch
    {
        "zstd" => Zstd(plain),
        "lz4" => Lz4(plain),
        "snappy" => SnappyJava(plain),
        "lzf" => Lzf(plain),
        _ => plain.ToArray(),
    };

    private static byte[] Zstd(ReadOnlySpan<byte> plain)
    {
        using var compressor = new ZstdSharp.Compressor();
        return compressor.Wrap(plain).ToArray();
    }

    private static byte[] Lz4(ReadOnlySpan<byte> plain)
    {
        using var stream = new MemoryStream();
        foreach (var block in Blocks(plain))
        {
            var data = new byte[LZ4Codec.MaximumOutputSize(block.Length)];
            WriteLz4Block(stream, data.AsSpan(0, LZ4Codec.Encode(block, data)), block);
        }
        WriteLz4Block(stream, [], []);
        return stream.ToArray();
    }

    private static void WriteLz4Block(MemoryStream stream, ReadOnlySpan<byte> data, ReadOnlySpan<byte> plain)
    {
        Span<byte> header = stackalloc byte[21];
        Lz4Decoder.Magic.CopyTo(header);
        header[8] = (byte)(plain.IsEmpty ? 0x15 : 0x25);
        BinaryPrimitives.WriteInt32LittleEndian(header[9..], data.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[13..], plain.Length);
        if (!plain.IsEmpty)
        {
            var hash = default(XXH32.State);
            XXH32.Reset(ref hash, 0x9747B28C);
            XXH32.Update(ref hash, plain);
            BinaryPrimitives.WriteUInt32LittleEndian(header[17..], XXH32.Digest(hash) & 0x0FFFFFFF);
        }
        stream.Write(header);
        stream.Write(data);
    }

    private static byte[] SnappyJava(ReadOnlySpan<byte> plain)
    {
        using var stream = new MemoryStream();
        stream.Write(SnappyDecoder.Magic);
        stream.Write([0, 0, 0, 1, 0, 0, 0, 1]);
        Span<byte> length = stackalloc byte[4];
        foreach (var block in Blocks(plain))
        {
            var data = Snappy.CompressToArray(block);
            BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
            stream.Write(length);
            stream.Write(data);
        }
        return stream.ToArray();
    }

    /// <summary>Chunks in turn as they are and in runs of literals, which is the least that a compressed chunk can be.</summary>
    private static byte[] Lzf(ReadOnlySpan<byte> plain)
    {
        using var stream = new MemoryStream();
        var compressed = false;
        Span<byte> length = stackalloc byte[2];
        foreach (var block in Blocks(plain))
        {
            var data = compressed ? Literals(block) : block;
            stream.Write(LzfDecoder.Magic);
            stream.WriteByte((byte)(compressed ? 1 : 0));
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)data.Length);
            stream.Write(length);
            if (compressed)
            {
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)block.Length);
                stream.Write(length);
            }
            stream.Write(data);
            compressed = !compressed;
        }
        return stream.ToArray();
    }

    private static byte[] Literals(byte[] block) => [.. block.Chunk(32).SelectMany(run => run.Prepend((byte)(run.Length - 1)))];

    private static List<byte[]> Blocks(ReadOnlySpan<byte> plain)
    {
        var blocks = new List<byte[]>();
        for (var start = 0; start < plain.Length; start += Block)
            blocks.Add(plain[start..Math.Min(plain.Length, start + Block)].ToArray());
        return blocks;
    }

    private sealed class Replay(TraceBuilder builder) : IEventHandler
    {
        public void OnEvent(SparkEvent e) => builder.Add(e);

        public void OnUnreadable(long line, string problem) => Assert.Fail(problem);

        public ValueTask OnPauseAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
