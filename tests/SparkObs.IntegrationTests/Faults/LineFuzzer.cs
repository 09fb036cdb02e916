namespace SparkObs.IntegrationTests.Faults;

/// <summary>Real lines, damaged: bytes changed, parts cut out, doubled, or taken from other lines. The same for the same seed.</summary>
internal sealed class LineFuzzer(IEnumerable<byte[]> lines, int seed)
{
    private readonly byte[][] lines = [.. lines];
    private readonly Random random = new(seed);

    public IEnumerable<byte[]> Take(int count)
    {
        for (var i = 0; i < count; i++)
            yield return Next();
    }

    private byte[] Next()
    {
        var line = lines[random.Next(lines.Length)];
        for (var damages = random.Next(4); damages > 0 && line.Length > 2; damages--)
            line = Damage(line);
        // A line's end is the sender's to write.
        return line.Contains((byte)'\n') ? [.. line.Where(b => b != '\n')] : line;
    }

    private byte[] Damage(byte[] line)
    {
        var (from, to) = (random.Next(1, line.Length), random.Next(1, line.Length));
        if (from > to)
            (from, to) = (to, from);
        switch (random.Next(6))
        {
            case 0:
                return line[..from];
            case 1:
                return [.. line[..from], .. line[to..]];
            case 2:
                return [.. line[..to], .. line[from..]];
            case 3:
                var other = lines[random.Next(lines.Length)];
                return [.. line[..from], .. other[Math.Min(from, other.Length)..]];
            case 4:
                byte[] changed = [.. line];
                for (var i = random.Next(1, 9); i > 0; i--)
                    changed[random.Next(1, changed.Length)] = (byte)random.Next(256);
                return changed;
            default:
                byte[] digits = [.. line];
                for (var i = from; i < to; i++)
                {
                    if (digits[i] is >= (byte)'0' and <= (byte)'9')
                        digits[i] = (byte)random.Next('0', '9' + 1);
                }
                return digits;
        }
    }
}
