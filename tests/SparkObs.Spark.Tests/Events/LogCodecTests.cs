using System.Buffers.Binary;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Events;

public sealed class LogCodecTests
{
    public static TheoryData<string> Codecs => ["sql-aqe-zstd", "sql-aqe-lz4", "sql-aqe-snappy", "sql-aqe-lzf", "init-failed"];

    [LogTheory]
    [MemberData(nameof(Codecs))]
    public async Task Concatenated_streams_are_one_text(string workload)
    {
        var bytes = Bytes(workload);
        var (text, problem) = await DecodeAsync(bytes);

        var (twice, secondProblem) = await DecodeAsync([.. bytes, .. bytes]);

        Assert.Equal((null, null), (problem, secondProblem));
        Assert.Equal([.. text, .. text], twice);
    }

    [LogTheory]
    [MemberData(nameof(Codecs))]
    public async Task A_stream_cut_anywhere_gives_what_stood_before_the_cut(string workload)
    {
        var bytes = Bytes(workload);
        var (text, _) = await DecodeAsync(bytes);
        var longest = 0;
        foreach (var cut in Positions(bytes.Length))
        {
            var (prefix, problem) = await DecodeAsync(bytes[..cut]);

            Assert.True(text.AsSpan().StartsWith(prefix), $"not a prefix when cut at {cut}");
            Assert.True(prefix.Length == text.Length || problem is not null || IsComplete(workload, bytes, cut), $"no problem told when cut at {cut}");
            Assert.True(prefix.Length >= longest, $"less text when cut at {cut}");
            longest = prefix.Length;
        }
    }

    /// <summary>Cut between two blocks, a stream looks whole; plain text always does.</summary>
    private static bool IsComplete(string workload, byte[] bytes, int cut)
    {
        if (cut == 0 || workload == "init-failed")
            return true;
        if (workload != "sql-aqe-snappy")
            return bytes.AsSpan(cut).StartsWith(bytes.AsSpan(0, workload == "sql-aqe-lzf" ? 2 : 4));
        var block = 16;
        while (block < cut)
            block += 4 + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(block));
        return block == cut;
    }

    [LogTheory]
    [MemberData(nameof(Codecs))]
    public async Task A_corrupt_stream_is_told_and_never_throws_otherwise(string workload)
    {
        var bytes = Bytes(workload);
        var (text, _) = await DecodeAsync(bytes);
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            var corrupt = (byte[])bytes.Clone();
            for (var n = random.Next(1, 4); n > 0; n--)
                corrupt[random.Next(corrupt.Length)] ^= (byte)random.Next(1, 256);

            // Whatever comes out, an end is reached; lz4 has checksums and cannot give wrong text.
            var (decoded, problem) = await DecodeAsync(corrupt);
            if (workload == "sql-aqe-lz4" && corrupt.AsSpan().StartsWith(Lz4Decoder.Magic))
                Assert.True(text.AsSpan().StartsWith(decoded) && (problem is not null || decoded.Length == text.Length));
        }
    }

    [LogFact]
    public async Task The_position_of_a_damage_is_its_blocks_begin()
    {
        var bytes = Bytes("sql-aqe-lz4");
        var second = bytes.AsSpan(1).IndexOf(Lz4Decoder.Magic) + 1;
        bytes[second + 100] ^= 1;

        var (text, problem) = await DecodeAsync(bytes);

        Assert.Equal(32 * 1024, text.Length);
        Assert.Equal(second, problem!.Position);
        Assert.Contains($"at byte {second}", problem.Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes(string workload) => File.ReadAllBytes(TestLogs.Workload("3.5.3/" + workload));

    private static IEnumerable<int> Positions(int length) =>
        Enumerable.Range(0, Math.Min(length, 150)).Concat(Enumerable.Range(0, length / 19997 + 1).Select(i => i * 19997))
            .Concat(Enumerable.Range(Math.Max(0, length - 50), Math.Min(length, 50))).Where(p => p < length).Distinct().Order();

    private static async Task<(byte[] Text, LogDamagedException? Problem)> DecodeAsync(byte[] bytes)
    {
        using var text = new MemoryStream();
        try
        {
            using var decoder = await LogCodec.OpenAsync(new MemoryStream(bytes), default);
            var buffer = new byte[50_000];
            int read;
            while ((read = await decoder.ReadAsync(buffer, default)) > 0)
                text.Write(buffer.AsSpan(0, read));
            return (text.ToArray(), null);
        }
        catch (LogDamagedException e)
        {
            return (text.ToArray(), e);
        }
    }
}
