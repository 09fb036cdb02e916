using System.Text.RegularExpressions;

namespace SparkObs.Spark.Tracing;

/// <summary>
/// Takes secrets out of texts: built-in patterns for keys, tokens and passwords, and the user's own from the conf
/// (<c>spark.redaction.regex</c> for names, <c>spark.redaction.string.regex</c> and <c>spark.sql.redaction.string.regex</c> for text,
/// <c>spark.sql.redaction.options.regex</c>). Doing it twice changes nothing. The JVM has a twin with the same patterns, written in the
/// syntax that both regex engines read alike; tests/vectors/redaction.json holds both.
/// </summary>
internal sealed partial class Redaction
{
    public const string Mask = "*********(redacted)";

    /// <summary>Spark's own default of spark.redaction.regex (3.x and 4.x), which the built-in names cover.</summary>
    private static readonly string[] DefaultNames = ["(?i)secret|password|token", "(?i)secret|password|token|access[.]?key", "(?i)secret|password|token|access[.]?key|api[.]?key"];

    /// <summary>How long a user's pattern may take for one text: a pattern that backtracks must not hold a trace up.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);

    private const string Keys = "password|passwd|pwd|passphrase|secret|token|credential|access[._-]?key|account[._-]?key|api[._-]?key|private[._-]?key|signature";

    /// <summary>A value: masked already, quoted (a doubled quote is SQL's escape; an end that was cut off counts as the end), or up to the next delimiter.</summary>
    private const string Value = """"(?:\*{9}\(redacted\)|"[^"]*(?:""[^"]*)*(?:"|$)|'[^']*(?:''[^']*)*(?:'|$)|[^ \t\r\n,;&()\[\]{}"']+)"""";

    private static readonly RedactionTrigger NamedSecret = new(
    [
        "password", "passwd", "pwd", "passphrase", "secret", "token", "credential", "signature",
        .. from name in new[] { "access", "account", "api", "private" } from separator in new[] { "", ".", "_", "-" } select $"{name}{separator}key",
    ]);

    private static readonly RedactionRule[] Rules =
    [
        new(new(["PRIVATE KEY"]), PrivateKey(), Mask),
        new(new(["://"]), UrlPassword(), "$1:" + Mask + "@"),
        new(new(["jdbc:oracle:"]), OraclePassword(), "$1/" + Mask + "@"),
        new(new(["authorization"]), Authorization(), "$1" + Mask),
        new(new(["bearer"]), Bearer(), "$1" + Mask),
        new(NamedSecret, Pair(), "$1" + Mask),
        new(NamedSecret, PushedFilter(), "$1" + Mask + ")"),
        new(new(["sig="]), SasSignature(), "$1" + Mask),
        new(new(["AKIA", "ASIA"]), AwsKeyId(), Mask),
        new(new(["eyJ"]), Jwt(), Mask),
    ];

    private readonly List<Regex> texts = [];
    private readonly List<Regex> names = [];
    private readonly Action<string> warn;

    /// <summary>A pattern that cannot be used: what it would hide is not known, so everything is hidden.</summary>
    private bool hideAll;

    private bool warned;

    /// <param name="properties">Spark's conf.</param>
    /// <param name="warn">Is told once of a pattern that cannot be used.</param>
    public Redaction(IReadOnlyDictionary<string, string> properties, Action<string> warn)
    {
        this.warn = warn;
        Add(names, "spark.redaction.regex", properties);
        Add(names, "spark.sql.redaction.options.regex", properties);
        Add(texts, properties.ContainsKey("spark.sql.redaction.string.regex") ? "spark.sql.redaction.string.regex" : "spark.redaction.string.regex", properties);
    }

    public string Apply(string text)
    {
        if (text.Length == 0)
            return text;
        if (hideAll)
            return Mask;
        foreach (var rule in Rules)
            text = rule.Apply(text);
        return names.Count + texts.Count == 0 ? text : ApplyOwn(text);
    }

    private string ApplyOwn(string text)
    {
        try
        {
            foreach (var pattern in names)
                text = AnyPair().Replace(text, pair => pattern.IsMatch(pair.Groups[1].Value) ? pair.Groups[1].Value + pair.Groups[2].Value + Mask : pair.Value);
            foreach (var pattern in texts)
                text = pattern.Replace(text, _ => Mask);
            return text;
        }
        catch (RegexMatchTimeoutException e)
        {
            WarnOnce($"the redaction pattern '{e.Pattern}' took over {Limit.TotalMilliseconds:0} ms: the whole text is redacted");
            return Mask;
        }
    }

    private void Add(List<Regex> list, string key, IReadOnlyDictionary<string, string> properties)
    {
        if (!properties.TryGetValue(key, out var pattern) || pattern.Length == 0 || DefaultNames.Contains(pattern))
            return;
        try
        {
            // Java reads && in a class as an intersection, .NET as two characters.
            if (pattern.Contains("&&", StringComparison.Ordinal))
                throw new ArgumentException("class intersections are Java's alone");
            list.Add(new Regex(pattern, RegexOptions.CultureInvariant, Limit));
        }
        catch (ArgumentException e)
        {
            hideAll = true;
            WarnOnce($"{key} = '{pattern}' cannot be used ({e.Message}): all texts are redacted");
        }
    }

    private void WarnOnce(string message)
    {
        if (warned)
            return;
        warned = true;
        warn(message);
    }

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?")]
    private static partial Regex PrivateKey();

    [GeneratedRegex("""((?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,63}://[^ \t\r\n/:@'"?#]*):[^ \t\r\n/@'"]+@""")]
    private static partial Regex UrlPassword();

    [GeneratedRegex("""(jdbc:oracle:[a-z0-9]{1,16}:[^ \t\r\n/@'"]+)/[^ \t\r\n@'"]+@""")]
    private static partial Regex OraclePassword();

    [GeneratedRegex("""((?<![A-Za-z0-9_])authorization["']?[ \t]{0,8}[:=][ \t]{0,8}["']?(?:(?:basic|bearer|digest|negotiate|aws4-hmac-sha256)[ \t]{1,8})?)[^ \t\r\n"',;]+""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Authorization();

    [GeneratedRegex("""((?<![A-Za-z0-9_])bearer[ \t]{1,8})[A-Za-z0-9._~+/=-]{8,}""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Bearer();

    [GeneratedRegex("((?:" + Keys + """)[A-Za-z0-9_.-]{0,64}(?:#[0-9]{1,9}L?)?["']?[ \t]{0,8}(?:=>|=|:)[ \t]{0,8})""" + Value, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pair();

    [GeneratedRegex("((?:EqualTo|EqualNullSafe|In|GreaterThan|GreaterThanOrEqual|LessThan|LessThanOrEqual|StringStartsWith|StringContains|StringEndsWith)" + """\([A-Za-z0-9_.`-]{0,64}(?:""" + Keys + """)[A-Za-z0-9_.`-]{0,64},)(?:\*{9}\(redacted\)|[^)]+)\)""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PushedFilter();

    [GeneratedRegex("""([?&]sig=)[^& \t\r\n"']+""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SasSignature();

    [GeneratedRegex("(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])")]
    private static partial Regex AwsKeyId();

    [GeneratedRegex("""(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*""")]
    private static partial Regex Jwt();

    [GeneratedRegex("""(?<![A-Za-z0-9_.-])([A-Za-z0-9_.-]{1,128})(["']?[ \t]{0,8}(?:=>|=|:)[ \t]{0,8})""" + Value)]
    private static partial Regex AnyPair();
}
