using System.Globalization;

namespace SparkObs.Cli.Tree;

/// <summary>Numbers for people.</summary>
internal static class Human
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary><c>340 ms</c>, <c>4.2 s</c>, <c>3m 05s</c>, <c>2h 04m</c>, <c>3d 04h</c>.</summary>
    public static string Duration(double milliseconds)
    {
        var total = TimeSpan.FromMilliseconds(Math.Round(milliseconds));
        return total switch
        {
            { TotalMilliseconds: < 1_000 } => Text($"{total.TotalMilliseconds:0} ms"),
            { TotalSeconds: < 59.95 } => Text($"{total.TotalSeconds:0.0} s"),
            { TotalHours: < 1 } => Text($"{total.Minutes}m {total.Seconds:00}s"),
            { TotalDays: < 1 } => Text($"{total.Hours}h {total.Minutes:00}m"),
            _ => Text($"{total.Days:#,0}d {total.Hours:00}h"),
        };
    }

    public static string Bytes(long bytes)
    {
        double value = bytes;
        var unit = 0;
        for (; value >= 1024 && unit < Units.Length - 1; unit++)
            value /= 1024;
        return unit == 0 ? Text($"{bytes} B") : Text($"{value:0.0} {Units[unit]}");
    }

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary><c>1 job</c>, <c>2 jobs</c>.</summary>
    public static string Count(long count, string one) => $"{Count(count)} {one}{(count == 1 ? "" : "s")}";

    public static string Percent(double share) => Text($"{share * 100:0} %");

    public static string Ratio(double ratio) => Text($"{ratio:0.0}x");

    public static string Time(long unixMs) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
