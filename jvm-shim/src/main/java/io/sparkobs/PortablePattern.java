package io.sparkobs;

import java.util.regex.Pattern;

/**
 * Whether a user's pattern means the same to the reader, whose regex engine is .NET's. One that does not compile there
 * hides everything there, so it must here: live and replay show the same.
 */
final class PortablePattern {
    /** Letters that .NET knows behind a backslash. */
    private static final String ESCAPES = "abBAZzGdDwWsSpPtrnvfexuck";

    /** Unicode's general categories; Java's other names are its own. */
    private static final Pattern CATEGORY =
            Pattern.compile("L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfson]?");

    private static final Pattern JAVA_FLAGS = Pattern.compile("\\(\\?[a-zA-Z]*[duU][a-zA-Z-]*[:)]");

    private PortablePattern() {}

    /** @throws IllegalArgumentException for a pattern that is Java's alone */
    static void require(String pattern) {
        if (pattern.contains("&&")) {
            throw new IllegalArgumentException("class intersections are Java's alone");
        }
        if (JAVA_FLAGS.matcher(pattern).find()) {
            throw new IllegalArgumentException("the flags d, u, U are Java's alone");
        }
        boolean inClass = false;
        boolean afterQuantifier = false;
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '\\') {
                requireEscape(pattern, ++i);
                afterQuantifier = false;
            } else if (inClass) {
                inClass = c != ']';
            } else {
                if (c == '+' && afterQuantifier) {
                    throw new IllegalArgumentException("possessive quantifiers are Java's alone");
                }
                inClass = c == '[';
                afterQuantifier = !afterQuantifier && (c == '*' || c == '+' || c == '?' || c == '}') && i > 0 && pattern.charAt(i - 1) != '(';
            }
        }
    }

    private static void requireEscape(String pattern, int at) {
        char c = at < pattern.length() ? pattern.charAt(at) : ' ';
        if (Character.isLetter(c) && ESCAPES.indexOf(c) < 0) {
            throw new IllegalArgumentException("\\" + c + " is Java's alone");
        }
        if (c == 'p' || c == 'P') {
            int close = pattern.indexOf('}', at);
            boolean braces = pattern.startsWith("{", at + 1) && close > 0;
            if (!braces || !CATEGORY.matcher(pattern.substring(at + 2, close)).matches()) {
                throw new IllegalArgumentException("only general categories are known to both engines");
            }
        }
    }
}
