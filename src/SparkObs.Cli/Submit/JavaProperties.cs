using System.Globalization;
using System.Text;

namespace SparkObs.Cli.Submit;

/// <summary>
/// Reads a Java properties file, as Spark reads <c>spark-defaults.conf</c> and <c>--properties-file</c>: <c>key value</c>, <c>key=value</c>,
/// <c>key: value</c>, comments, escapes, continued lines (java.util.Properties, "load"). Values are trimmed, as Spark does.
/// </summary>
internal static class JavaProperties
{
    public static Dictionary<string, string> Read(string text)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in LogicalLines(text))
        {
            var end = KeyLength(line);
            var rest = line.AsSpan(end).TrimStart(" \t\f");
            if (rest is ['=' or ':', ..])
                rest = rest[1..].TrimStart(" \t\f");
            properties[Unescape(line.AsSpan(0, end))] = Unescape(rest).Trim();
        }
        return properties;
    }

    /// <summary>Lines without comments and blank ones; those that end in a single backslash go on in the next.</summary>
    private static IEnumerable<string> LogicalLines(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimStart(' ', '\t', '\f');
            if (line is "" or ['#' or '!', ..])
                continue;
            while (EndsOpen(line))
                line = line[..^1] + (++i < lines.Length ? lines[i].TrimStart(' ', '\t', '\f') : "");
            yield return line;
        }
    }

    private static bool EndsOpen(string line) => (line.Length - line.AsSpan().TrimEnd('\\').Length) % 2 == 1;

    private static int KeyLength(string line)
    {
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\')
                i++;
            else if (line[i] is '=' or ':' or ' ' or '\t' or '\f')
                return i;
        }
        return line.Length;
    }

    private static string Unescape(ReadOnlySpan<char> text)
    {
        if (!text.Contains('\\'))
            return text.ToString();
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || ++i == text.Length)
            {
                if (i < text.Length)
                    plain.Append(text[i]);
            }
            else if (text[i] == 'u' && i + 4 < text.Length
                && ushort.TryParse(text.Slice(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            {
                plain.Append((char)unit);
                i += 4;
            }
            else
            {
                plain.Append(text[i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', var other => other });
            }
        }
        return plain.ToString();
    }
}
