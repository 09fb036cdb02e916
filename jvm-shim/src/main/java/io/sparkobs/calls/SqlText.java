package io.sparkobs.calls;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * A statement without its literals: {@code db.query.text} and, of the same pass, {@link SqlSummary}. Comments are left
 * out, runs of white space are one, lists of values after IN are one. Dialects differ in how a literal ends (backslashes,
 * nested comments, triple quotes): from where two of them would read on differently, everything is hidden.
 */
final class SqlText {
    /** Characters that are looked at: what follows would be cut from the text anyway, and time stays bounded. */
    private static final int MAX_SCANNED = 64 * 1024;

    /** Characters of the result: the limit of SQL text and the margin of redaction (Limits), both in bytes there. */
    private static final int MAX_TEXT = 20 * 1024;

    /** Letters before a quote that belong to the literal. */
    private static final Set<String> PREFIXES = new HashSet<>(Arrays.asList("E", "N", "B", "X", "R", "RB", "BR"));

    final String text;
    final SqlSummary summary = new SqlSummary();

    private final String sql;
    private final boolean quotedNames;
    private final boolean hashComments;
    private final int end;
    private final StringBuilder out;
    private int at;
    private boolean space;
    private InList inList = InList.NO;

    /** Where a list of values stands that began after IN. */
    private enum InList { NO, AFTER_IN, EMPTY, FILLED, COMMA }

    /**
     * @param quotedNames whether "double quotes" hold names, and not literals
     * @param hashComments whether a comment can begin with #
     */
    SqlText(String sql, boolean quotedNames, boolean hashComments) {
        this.sql = sql;
        this.quotedNames = quotedNames;
        this.hashComments = hashComments;
        end = Math.min(sql.length(), MAX_SCANNED);
        out = new StringBuilder(Math.min(end, MAX_TEXT));
        while (at < end && out.length() < MAX_TEXT) {
            token();
        }
        summary.end();
        if (at < end || end < sql.length() || out.length() > MAX_TEXT) {
            out.setLength(Math.min(out.length(), MAX_TEXT));
            out.append('\u2026');
        }
        text = out.toString();
    }

    private void token() {
        char c = sql.charAt(at);
        if (Character.isWhitespace(c)) {
            space = true;
            at++;
        } else if (c == '-' && follows('-') || c == '#' && hashComments) {
            int line = sql.indexOf('\n', at);
            at = line < 0 ? end : line;
            space = true;
        } else if (c == '/' && follows('*')) {
            comment();
        } else if (c == '\'') {
            literal(at, '\'', false);
        } else if (c == '"') {
            if (quotedNames) {
                quotedName('"');
            } else {
                literal(at, '"', false);
            }
        } else if (c == '`') {
            quotedName('`');
        } else if (c == '[' && isBracketedName()) {
            quotedName(']');
        } else if (c == '$') {
            dollar();
        } else if (isDigit(c) || c == '.' && at + 1 < end && isDigit(sql.charAt(at + 1)) && !afterName()) {
            number();
        } else if (isNameStart(c)) {
            word();
        } else {
            symbol(c);
        }
    }

    private boolean follows(char next) {
        return at + 1 < end && sql.charAt(at + 1) == next;
    }

    private void comment() {
        int close = sql.indexOf("*/", at + 2);
        int nested = sql.indexOf("/*", at + 2);
        if (close < 0 || close + 2 > end || nested >= 0 && nested < close) {
            hideRest();
            return;
        }
        at = close + 2;
        space = true;
    }

    /**
     * @param from where its quote is
     * @param escapes whether a backslash surely escapes
     */
    private void literal(int from, char quote, boolean escapes) {
        int i = from + 1;
        boolean triple = i + 1 < end && sql.charAt(i) == quote && sql.charAt(i + 1) == quote;
        while (i < end && !triple) {
            char c = sql.charAt(i);
            if (c == '\\') {
                boolean escapesQuote = i + 1 < end && sql.charAt(i + 1) == quote;
                if (escapesQuote && !escapes) {
                    break;
                }
                i += 2;
            } else if (c != quote) {
                i++;
            } else if (i + 1 < end && sql.charAt(i + 1) == quote) {
                i += 2;
            } else {
                value();
                at = i + 1;
                return;
            }
        }
        hideRest();
    }

    private void quotedName(char quote) {
        int i = at + 1;
        while (i < end) {
            if (sql.charAt(i) != quote) {
                i++;
            } else if (i + 1 < end && sql.charAt(i + 1) == quote) {
                i += 2;
            } else {
                append(sql, at, i + 1);
                summary.name(sql, at + 1, i);
                at = i + 1;
                return;
            }
        }
        hideRest();
    }

    /** SQL Server's names, and not the subscript of an array. */
    private boolean isBracketedName() {
        if (afterName() || at + 1 >= end || !isNameStart(sql.charAt(at + 1))) {
            return false;
        }
        for (int i = at + 1; i < end; i++) {
            char c = sql.charAt(i);
            if (c == ']' || c == '\'' || c == '"') {
                return c == ']';
            }
        }
        return false;
    }

    /** {@code $tag$ … $tag$}, or a parameter such as {@code $1}. */
    private void dollar() {
        int i = at + 1;
        while (i < end && isNamePart(sql.charAt(i)) && sql.charAt(i) != '$') {
            i++;
        }
        boolean quoted = i < end && sql.charAt(i) == '$' && !afterName() && !(i > at + 1 && isDigit(sql.charAt(at + 1)));
        if (!quoted) {
            append(sql, at, i);
            summary.other();
            at = i;
            return;
        }
        String tag = sql.substring(at, i + 1);
        int close = sql.indexOf(tag, i + 1);
        if (close < 0 || close + tag.length() > end) {
            hideRest();
        } else {
            value();
            at = close + tag.length();
        }
    }

    private void number() {
        int i = at + 1;
        while (i < end) {
            char c = sql.charAt(i);
            boolean sign = (c == '+' || c == '-') && (sql.charAt(i - 1) | 0x20) == 'e' && !sql.startsWith("0x", at);
            if (c != '.' && !isNamePart(c) && !sign) {
                break;
            }
            i++;
        }
        value();
        at = i;
    }

    private void word() {
        int i = at + 1;
        while (i < end && isNamePart(sql.charAt(i))) {
            i++;
        }
        if (!isLiteralWithPrefix(i)) {
            SqlKeyword keyword = SqlKeyword.find(sql, at, i);
            append(sql, at, i);
            if (keyword != null && keyword.text.equals("IN")) {
                inList = InList.AFTER_IN;
            }
            summary.word(sql, at, i, keyword);
            at = i;
        }
    }

    /** Whether the word that ends there was the first part of a literal, which is then read. */
    private boolean isLiteralWithPrefix(int stop) {
        if (sql.startsWith("&'", stop) && stop == at + 1 && (sql.charAt(at) | 0x20) == 'u') {
            literal(stop + 1, '\'', false);
            return true;
        }
        if (stop == end || sql.charAt(stop) != '\'') {
            return false;
        }
        String prefix = sql.substring(at, stop).toUpperCase(Locale.ROOT);
        if (prefix.equals("Q") || prefix.equals("NQ")) {
            alternativeQuotes(stop);
        } else if (PREFIXES.contains(prefix) || prefix.startsWith("_")) {
            literal(stop, '\'', prefix.equals("E"));
        } else {
            return false;
        }
        return true;
    }

    /** Oracle's {@code q'[ … ]'}. */
    private void alternativeQuotes(int quote) {
        int open = "[({<".indexOf(quote + 1 < end ? sql.charAt(quote + 1) : ' ');
        String close = (open >= 0 ? "])}>".charAt(open) : quote + 1 < end ? sql.charAt(quote + 1) : ' ') + "'";
        int i = sql.indexOf(close, quote + 2);
        if (i < 0 || i + 2 > end) {
            hideRest();
        } else {
            value();
            at = i + 2;
        }
    }

    private void symbol(char c) {
        at++;
        if (c == '?') {
            value();
            return;
        }
        boolean listed = inList == InList.FILLED || inList == InList.COMMA;
        if (listed && c == ',') {
            inList = InList.COMMA;
            space = false;
            return;
        }
        if (listed && (c == '-' || c == '+')) {
            space = false;
            return;
        }
        if (listed && c == ')') {
            inList = InList.NO;
            space = false;
        }
        boolean opens = c == '(' && inList == InList.AFTER_IN;
        boolean sign = inList == InList.EMPTY && (c == '-' || c == '+');
        append(sql, at - 1, at);
        inList = opens || sign ? InList.EMPTY : InList.NO;
        summary.symbol(c);
    }

    private void value() {
        if (inList == InList.FILLED || inList == InList.COMMA) {
            inList = InList.FILLED;
            space = false;
            return;
        }
        boolean first = inList == InList.EMPTY;
        space &= !first;
        append("?", 0, 1);
        inList = first ? InList.FILLED : InList.NO;
        summary.other();
    }

    private void hideRest() {
        inList = InList.NO;
        value();
        at = end;
    }

    private void append(String from, int start, int stop) {
        if (inList == InList.COMMA) {
            out.append(", ");
        } else if (space && out.length() > 0) {
            out.append(' ');
        }
        space = false;
        inList = InList.NO;
        out.append(from, start, stop);
    }

    private boolean afterName() {
        return at > 0 && (isNamePart(sql.charAt(at - 1)) || sql.charAt(at - 1) == ']' || sql.charAt(at - 1) == ')');
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isNameStart(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c > 0x7f;
    }

    private static boolean isNamePart(char c) {
        return isNameStart(c) || isDigit(c) || c == '$' || c == '#' || c == '@';
    }
}
