using System.Globalization;
using System.Text;
using Spectre.Console;

namespace SparkObs.Cli.Tree;

/// <summary>
/// Text from a log, made safe for a terminal: whoever named a job must not be able to move our cursor, recolour our lines or
/// turn them around.
/// </summary>
internal static class ScreenText
{
    /// <summary>
    /// One line: line breaks and tabs become blanks; control characters, escapes, bidirectional overrides, invisible and
    /// unassigned characters are shown as <c>\u{1b}</c>.
    /// </summary>
    public static string OneLine(string text)
    {
        if (!NeedsWork(text))
            return text.Trim(' ');
        var safe = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '\n' or '\r' or '\t' or ' ')
            {
                if (safe.Length > 0 && safe[^1] != ' ')
                    safe.Append(' ');
            }
            else if (IsHostile(rune))
                safe.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            else
                safe.Append(rune);
        }
        return safe.ToString().Trim(' ');
    }

    /// <summary>The text's first line, safe.</summary>
    public static string FirstLine(string text)
    {
        var start = text.AsSpan().TrimStart("\r\n\t ");
        var end = start.IndexOfAny('\r', '\n');
        return OneLine((end < 0 ? start : start[..end]).ToString());
    }

    /// <summary>At most <paramref name="cells"/> columns of a terminal, a cut marked.</summary>
    public static string Fit(string text, int cells, string ellipsis)
    {
        if (Cells(text) <= cells)
            return text;
        var room = cells - ellipsis.Length;
        return room <= 0 ? "" : Prefix(text, room).TrimEnd(' ') + ellipsis;
    }

    /// <summary>Like <see cref="Fit"/>; of a call site too long, <c>count at /a/long/way/to/job.py:7</c>, the file and line are kept.</summary>
    public static string FitTitle(string title, int cells, string ellipsis)
    {
        if (Cells(title) <= cells || title.IndexOf(" at /", StringComparison.Ordinal) is not (> 0 and var at))
            return Fit(title, cells, ellipsis);
        var file = ellipsis + title[title.LastIndexOf('/')..];
        var shorter = $"{title[..at]} at {file}";
        return Cells(shorter) <= cells ? shorter : Fit(file, cells, ellipsis);
    }

    /// <summary>Filled with blanks up to <paramref name="cells"/> columns.</summary>
    public static string Pad(string text, int cells) => text + new string(' ', Math.Max(0, cells - Cells(text)));

    /// <summary>Lines of at most <paramref name="cells"/> columns, broken at blanks where there are any.</summary>
    public static List<string> Wrap(string text, int cells, int maxLines, string ellipsis)
    {
        var lines = new List<string>();
        while (Cells(text) > cells && lines.Count < maxLines - 1)
        {
            var line = Prefix(text, cells);
            var blank = line.LastIndexOf(' ');
            if (blank > line.Length / 2)
                line = line[..blank];
            lines.Add(line.TrimEnd(' '));
            text = text[line.Length..].TrimStart(' ');
        }
        lines.Add(Fit(text, cells, ellipsis));
        return lines;
    }

    /// <summary>Columns that the text takes: wide characters take two.</summary>
    public static int Cells(string text) => Ascii.IsValid(text) ? text.Length : text.GetCellWidth();

    private static string Prefix(string text, int cells)
    {
        var taken = 0;
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            taken += rune.IsAscii ? 1 : rune.ToString().GetCellWidth();
            if (taken > cells)
                break;
            length += rune.Utf16SequenceLength;
        }
        return text[..length];
    }

    private static bool NeedsWork(string text)
    {
        foreach (var c in text)
        {
            if (c is < ' ' or > '~')
                return true;
        }
        return false;
    }

    private static bool IsHostile(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or
        UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
