using System.Globalization;

namespace SparkObs.Cli.Replay;

/// <summary>Durations as people write them: <c>500ms</c>, <c>30s</c>, <c>5m</c>, <c>1h</c>; a bare number is seconds.</summary>
internal static class DurationText
{
    /// <summary>What timers take.</summary>
    private static readonly TimeSpan Max = TimeSpan.FromDays(24);

    public static bool TryParse(string text, out TimeSpan duration)
    {
        var digits = text.AsSpan().TrimEnd("hms");
        var unit = text[digits.Length..] switch { "ms" => 0.001, "" or "s" => 1, "m" => 60, "h" => 3600, _ => 0.0 };
        var valid = double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && unit > 0 && number > 0 && number * unit <= Max.TotalSeconds;
        duration = valid ? TimeSpan.FromSeconds(number * unit) : default;
        return valid;
    }
}
