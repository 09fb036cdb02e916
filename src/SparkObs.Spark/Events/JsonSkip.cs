using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SparkObs.Spark.Events;

/// <summary>Finds the end of a JSON object or array without reading what is in it, 64 bytes at a time.</summary>
internal static class JsonSkip
{
    private const int Block = 64;

    /// <summary>The index of the bracket that closes the object or array whose inside <paramref name="json"/> begins in, or -1.</summary>
    public static int FindClose(ReadOnlySpan<byte> json)
    {
        var scan = new Scan { Depth = 1 };
        var at = 0;
        for (; at + Block <= json.Length; at += Block)
        {
            var close = scan.Next(json.Slice(at, Block));
            if (close >= 0)
                return at + close;
        }

        Span<byte> last = stackalloc byte[Block];
        last.Clear();
        json[at..].CopyTo(last);
        var index = scan.Next(last);
        return index < 0 ? -1 : at + index;
    }

    /// <summary>What is carried from block to block.</summary>
    private struct Scan
    {
        public int Depth;

        /// <summary>All ones when the block begins inside a string.</summary>
        private ulong inString;

        /// <summary>1 when the block's first byte is escaped.</summary>
        private ulong escapedFirst;

        /// <summary>The closing bracket's index in the block, or -1.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public int Next(ReadOnlySpan<byte> block)
        {
            var low = Vector256.Create(block[..32]);
            var high = Vector256.Create(block[32..]);

            var quotes = Mask(low, high, (byte)'"');
            var backslashes = Mask(low, high, (byte)'\\');
            if ((backslashes | escapedFirst) != 0)
                quotes &= ~Escaped(backslashes);

            // Bit i: whether an odd number of quotes stands at or before i, so between an opening and its closing quote.
            var strings = quotes;
            strings ^= strings << 1;
            strings ^= strings << 2;
            strings ^= strings << 4;
            strings ^= strings << 8;
            strings ^= strings << 16;
            strings ^= strings << 32;
            strings ^= inString;
            inString = (ulong)((long)strings >> 63);

            // [ and { differ in one bit, and so do ] and }.
            var bit = Vector256.Create((byte)0x20);
            var open = Mask(low | bit, high | bit, (byte)'{') & ~strings;
            var close = Mask(low | bit, high | bit, (byte)'}') & ~strings;
            if (BitOperations.PopCount(close) < Depth)
            {
                Depth += BitOperations.PopCount(open) - BitOperations.PopCount(close);
                return -1;
            }

            return CloseIn(open, close);
        }

        private int CloseIn(ulong open, ulong close)
        {
            for (var brackets = open | close; brackets != 0; brackets &= brackets - 1)
            {
                var i = BitOperations.TrailingZeroCount(brackets);
                Depth += (open >> i & 1) != 0 ? 1 : -1;
                if (Depth == 0)
                    return i;
            }

            return -1;
        }

        /// <summary>The bytes that follow a backslash which is not itself escaped.</summary>
        private ulong Escaped(ulong backslashes)
        {
            var escaped = escapedFirst;
            escapedFirst = 0;
            var left = backslashes & ~escaped;
            while (left != 0)
            {
                var i = BitOperations.TrailingZeroCount(left);
                if (i == Block - 1)
                    escapedFirst = 1;
                else
                    escaped |= 1UL << (i + 1);
                left &= left - 1;
                left &= ~escaped;
            }

            return escaped;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ulong Mask(Vector256<byte> low, Vector256<byte> high, byte value)
        {
            var wanted = Vector256.Create(value);
            return Vector256.Equals(low, wanted).ExtractMostSignificantBits()
                | (ulong)Vector256.Equals(high, wanted).ExtractMostSignificantBits() << 32;
        }
    }
}
