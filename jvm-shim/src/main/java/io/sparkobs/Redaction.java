package io.sparkobs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes secrets out of texts before they leave the JVM: built-in patterns for keys, tokens and passwords, and the user's
 * own from the conf. Doing it twice changes nothing. A twin of the reader's {@code Redaction.cs};
 * tests/vectors/redaction.json holds both.
 */
public final class Redaction {
    static final String MASK = "*********(redacted)";

    /** Spark's own defaults of spark.redaction.regex (3.x and 4.x), which the built-in names cover. */
    private static final List<String> DEFAULT_NAMES = Arrays.asList(
            "(?i)secret|password|token",
            "(?i)secret|password|token|access[.]?key",
            "(?i)secret|password|token|access[.]?key|api[.]?key");

    private static final String KEYS = "password|passwd|pwd|passphrase|secret|token|credential"
            + "|access[._-]?key|account[._-]?key|api[._-]?key|private[._-]?key|signature";

    /** Masked already, quoted (a doubled quote is SQL's escape; an end that was cut off counts as the end), or up to the next delimiter. */
    private static final String VALUE = "(?:\\*{9}\\(redacted\\)|\"[^\"]*(?:\"\"[^\"]*)*(?:\"|$)|'[^']*(?:''[^']*)*(?:'|$)"
            + "|[^ \\t\\r\\n,;&()\\[\\]{}\"']+)";

    private static final Pattern ANY_PAIR = Pattern.compile(
            "(?<![A-Za-z0-9_.-])([A-Za-z0-9_.-]{1,128})([\"']?[ \\t]{0,8}(?:=>|=|:)[ \\t]{0,8})" + VALUE);

    private static final String[] KEY_TRIGGERS = {
        "password", "passwd", "pwd", "passphrase", "secret", "token", "credential", "access", "account", "api", "private", "signature",
    };

    private static final Rule[] BUILT_IN = {
        new Rule("-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?", MASK, false, "PRIVATE KEY"),
        new Rule("((?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,63}://[^ \\t\\r\\n/:@'\"?#]*):[^ \\t\\r\\n/@'\"]+@",
                "$1:" + MASK + "@", false, "://"),
        new Rule("(jdbc:oracle:[a-z0-9]{1,16}:[^ \\t\\r\\n/@'\"]+)/[^ \\t\\r\\n@'\"]+@", "$1/" + MASK + "@", false,
                "jdbc:oracle:"),
        new Rule("((?<![A-Za-z0-9_])authorization[\"']?[ \\t]{0,8}[:=][ \\t]{0,8}[\"']?"
                + "(?:(?:basic|bearer|digest|negotiate|aws4-hmac-sha256)[ \\t]{1,8})?)[^ \\t\\r\\n\"',;]+", "$1" + MASK, true, "authorization"),
        new Rule("((?<![A-Za-z0-9_])bearer[ \\t]{1,8})[A-Za-z0-9._~+/=-]{8,}", "$1" + MASK, true, "bearer"),
        new Rule("((?:" + KEYS + ")[A-Za-z0-9_.-]{0,64}(?:#[0-9]{1,9}L?)?[\"']?[ \\t]{0,8}(?:=>|=|:)[ \\t]{0,8})" + VALUE,
                "$1" + MASK, true, KEY_TRIGGERS),
        new Rule("((?:EqualTo|EqualNullSafe|In|GreaterThan|GreaterThanOrEqual|LessThan|LessThanOrEqual"
                + "|StringStartsWith|StringContains|StringEndsWith)\\([A-Za-z0-9_.`-]{0,64}(?:" + KEYS
                + ")[A-Za-z0-9_.`-]{0,64},)(?:\\*{9}\\(redacted\\)|[^)]+)\\)", "$1" + MASK + ")", true, KEY_TRIGGERS),
        new Rule("([?&]sig=)[^& \\t\\r\\n\"']+", "$1" + MASK, true, "sig="),
        new Rule("(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])", MASK, false, "AKIA", "ASIA"),
        new Rule("(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*", MASK, false, "eyJ"),
    };

    private static final Triggers TRIGGERS = new Triggers();

    static {
        for (int i = 0; i < BUILT_IN.length; i++) {
            TRIGGERS.add(i, BUILT_IN[i].triggers);
        }
    }

    private final List<Pattern> names = new ArrayList<>();
    private final List<Pattern> texts = new ArrayList<>();

    /** A pattern that cannot be used: what it would hide is not known, so everything is hidden. */
    private boolean hideAll;

    /** @param conf answers a key's value, or null */
    public Redaction(UnaryOperator<String> conf) {
        add(names, conf, "spark.redaction.regex");
        add(names, conf, "spark.sql.redaction.options.regex");
        String sqlTexts = "spark.sql.redaction.string.regex";
        add(texts, conf, conf.apply(sqlTexts) != null ? sqlTexts : "spark.redaction.string.regex");
    }

    private void add(List<Pattern> list, UnaryOperator<String> conf, String key) {
        String pattern = conf.apply(key);
        if (pattern == null || pattern.isEmpty() || DEFAULT_NAMES.contains(pattern)) {
            return;
        }
        try {
            PortablePattern.require(pattern);
            list.add(Pattern.compile(pattern));
        } catch (IllegalArgumentException unusable) {
            hideAll = true;
            Log.warnOnce(key, "SparkObs: " + key + " cannot be used (" + unusable.getMessage() + "): all texts are redacted.");
        }
    }

    public String apply(String text) {
        if (text.isEmpty()) {
            return text;
        }
        if (hideAll) {
            return MASK;
        }
        try {
            int rules = TRIGGERS.find(text);
            for (int i = 0; i < BUILT_IN.length; i++) {
                if ((rules & 1 << i) != 0) {
                    text = BUILT_IN[i].apply(text);
                }
            }
            return names.isEmpty() && texts.isEmpty() ? text : applyOwn(text);
        } catch (StackOverflowError | TimeLimited.Exceeded tooMuch) {
            Log.warnOnce("redaction", "SparkObs: a redaction pattern was too much for a text, which is redacted as a whole ("
                    + tooMuch + ").");
            return MASK;
        }
    }

    private String applyOwn(String text) {
        for (Pattern name : names) {
            text = hidePairs(text, name);
        }
        for (Pattern pattern : texts) {
            text = pattern.matcher(new TimeLimited(text)).replaceAll(MASK);
        }
        return text;
    }

    private static String hidePairs(String text, Pattern name) {
        Matcher pair = ANY_PAIR.matcher(text);
        StringBuilder clean = new StringBuilder();
        int copied = 0;
        while (pair.find()) {
            if (name.matcher(new TimeLimited(pair.group(1))).find()) {
                clean.append(text, copied, pair.end(2)).append(MASK);
                copied = pair.end();
            }
        }
        return copied == 0 ? text : clean.append(text, copied, text.length()).toString();
    }

    private static final class Rule {
        private final Pattern pattern;
        private final String replacement;
        private final String[] triggers;

        /** @param triggers the words without one of which the pattern never matches, in either case */
        Rule(String pattern, String replacement, boolean anyCase, String... triggers) {
            this.triggers = triggers;
            this.pattern = Pattern.compile(pattern, anyCase ? Pattern.CASE_INSENSITIVE : 0);
            this.replacement = replacement;
        }

        String apply(String text) {
            Matcher matcher = pattern.matcher(text);
            return matcher.find() ? matcher.replaceAll(replacement) : text;
        }
    }
}
