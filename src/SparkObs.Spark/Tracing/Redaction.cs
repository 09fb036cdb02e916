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

    private const string Keys = "password|passwd|pwd|passphrase|passcode|(?<![A-Za-z])pass(?![A-Za-z])|secret|token|credential|signature|(?:access|account|api|private|encryption|master|signing|shared)[._-]?key";

    /// <summary>The rest of a key.</summary>
    private const string Name = "[A-Za-z0-9_.-]{0,64}";

    /// <summary>Between a key and its value: a sign, in JSON and URLs escaped, or blanks before a quoted value, as SQL's OPTIONS have them.</summary>
    private const string Separator = """(?:\\{0,8}["'`]?[ \t]{0,8}(?:<=>|=>|->|==|!=|<>|=|:|%3D|%3A)[ \t]{0,8}|["'`]?[ \t\r\n]{1,8}(?=\\{0,8}["']))""";

    /// <summary>
    /// A value: masked already, quoted (a doubled quote and a backslash escape; an end that was cut off counts as the end), in braces or
    /// brackets, or up to the next delimiter.
    /// </summary>
    private const string Value = """(?:\*{9}\(redacted\)|\\{1,8}["'][^"']*(?:["']|\z)|"[^"\\]*(?:(?:\\[\s\S]|"")[^"\\]*)*(?:"|\\?\z)|'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*(?:'|\\?\z)|\{[^}]*(?:\}|\z)|\[[^\]]*(?:\]|\z)|[^ \t\r\n,;&()\[\]{}"']+)""";

    private static readonly RedactionTrigger NamedSecret = new(
    [
        "pass", "pwd", "secret", "token", "credential", "signature",
        .. from name in new[] { "access", "account", "api", "private", "encryption", "master", "signing", "shared" }
           from separator in new[] { "", ".", "_", "-" }
           select $"{name}{separator}key",
    ]);

    private static readonly RedactionRule[] Rules =
    [
        new(new(["PRIVATE KEY"]), PrivateKey(), Mask),
        new(new(["://"]), UrlPassword(), "$1:" + Mask + "@"),
        new(new(["jdbc:oracle:"]), OraclePassword(), "$1/" + Mask + "@"),
        new(new(["authorization"]), LongAuthorization(), "$1" + Mask),
        new(new(["authorization"]), Authorization(), "$1" + Mask),
        new(new(["bearer"]), Bearer(), "$1" + Mask),
        new(new(["cookie"]), Cookie(), "$1" + Mask),
        new(NamedSecret, Flag(), "$1" + Mask),
        new(NamedSecret, Pair(), "$1" + Mask),
        new(NamedSecret, PushedFilter(), "$1" + Mask + ")"),
        new(NamedSecret, InList(), "$1" + Mask),
        new(NamedSecret, Element(), "$1" + Mask),
        new(new(["identified"]), IdentifiedBy(), "$1" + Mask),
        new(new(["sig="]), SasSignature(), "$1" + Mask),
        new(new(["AKIA", "ASIA"]), AwsKeyId(), Mask),
        new(new(["eyJ"]), Jwt(), Mask),
        new(new(["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "sk-", "k_live_", "k_test_", "AIza", "ya29.", "dapi", "hf_", "npm_", "pypi-", "hvs.", "SG."]), KnownToken(), Mask),
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

    [GeneratedRegex("""-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)""")]
    private static partial Regex PrivateKey();

    [GeneratedRegex("""((?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,63}://[^ \t\r\n/:@'"?#]{0,256}):[^ \t\r\n/'"]{1,512}@""")]
    private static partial Regex UrlPassword();

    [GeneratedRegex("""(jdbc:oracle:[a-z0-9]{1,16}:[^ \t\r\n/@'"]{1,256})/(?:"[^"]{0,512}"|[^ \t\r\n'"]{1,512})@""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex OraclePassword();

    [GeneratedRegex("""((?<![A-Za-z0-9_])authorization\\{0,8}["']?[ \t]{0,8}(?:=>|->|=|:)[ \t]{0,8}\[?\\{0,8}["']?(?:digest|oauth|hawk)[ \t]{1,8})[^\r\n]+""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex LongAuthorization();

    [GeneratedRegex("""((?<![A-Za-z0-9_])authorization\\{0,8}["']?[ \t]{0,8}(?:=>|->|=|:)[ \t]{0,8}\[?\\{0,8}["']?(?:(?:basic|bearer|digest|oauth|hawk|negotiate|ntlm|aws4-hmac-sha256|aws|token|api-?key|key|sharedkey(?:lite)?|hmac|splunk)[ \t]{1,8})?)[^ \t\r\n"',;]+""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Authorization();

    [GeneratedRegex("""((?<![A-Za-z0-9_])bearer[ \t]{1,8})[A-Za-z0-9._~+/=-]{8,}""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Bearer();

    [GeneratedRegex("""((?<![A-Za-z0-9_-])(?:set-)?cookie\\{0,8}["']?[ \t]{0,8}(?:->|:)[ \t]{0,8}\\{0,8}["']?)[^\r\n"']+""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Cookie();

    [GeneratedRegex("((?<![A-Za-z0-9_.-])--?" + Name + "(?:" + Keys + ")" + Name + """[ \t]{1,8})""" + Value, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Flag();

    [GeneratedRegex("((?:" + Keys + ")" + Name + "(?:#[0-9]{1,9}L?)?(?:" + Separator + """|[ \t]{1,8}(?:not[ \t]{1,8})?[ri]?like[ \t]{1,8}))""" + Value, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pair();

    [GeneratedRegex("""((?:EqualTo|EqualNullSafe|In|GreaterThan|GreaterThanOrEqual|LessThan|LessThanOrEqual|StringStartsWith|StringContains|StringEndsWith)\([A-Za-z0-9_.`-]{0,64}(?:""" + Keys + """)[A-Za-z0-9_.`-]{0,64},)(?:\*{9}\(redacted\)|[^)]+)(?:\)|\z)""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PushedFilter();

    [GeneratedRegex("((?:" + Keys + ")" + Name + """`?(?:#[0-9]{1,9}L?)?[ \t]{1,8}(?:not[ \t]{1,8})?(?:in[ \t]{0,8}\(|inset[ \t]{1,8}\(?))(?:\*{9}\(redacted\)|[^)]*)""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex InList();

    [GeneratedRegex("(<[A-Za-z0-9_.:-]{0,64}(?:" + Keys + ")" + Name + ">|(?:" + Keys + ")" + Name + """</name>[ \t\r\n]{0,64}<value>)[^<]+""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Element();

    [GeneratedRegex("""((?<![A-Za-z0-9_])identified[ \t\r\n]{1,8}by[ \t\r\n]{1,8}(?:(?:password|values)[ \t\r\n]{1,8})?)""" + Value, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex IdentifiedBy();

    [GeneratedRegex("""([?&]sig=)[^& \t\r\n"']+""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SasSignature();

    [GeneratedRegex("(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])")]
    private static partial Regex AwsKeyId();

    [GeneratedRegex("""(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*""")]
    private static partial Regex Jwt();

    [GeneratedRegex("""(?<![A-Za-z0-9_-])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|sk-[A-Za-z0-9_-]{16,}|[prs]k_(?:live|test)_[A-Za-z0-9]{10,}|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_.-]{20,}|dapi[a-f0-9]{32}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}|hvs\.[A-Za-z0-9_-]{20,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})""")]
    private static partial Regex KnownToken();

    [GeneratedRegex("(?<![A-Za-z0-9_.-])([A-Za-z0-9_.-]{1,128})(" + Separator + ")" + Value)]
    private static partial Regex AnyPair();
}
