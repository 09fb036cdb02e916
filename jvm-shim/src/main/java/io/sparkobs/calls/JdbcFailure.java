package io.sparkobs.calls;

import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a failed JDBC call tells: SQLState and message, without the values that databases repeat in it. */
final class JdbcFailure {
    /** Characters of a message that are looked at; more is cut anyway (Limits). */
    private static final int MAX_MESSAGE = 20 * 1024;

    /** PostgreSQL's driver puts the statement with its values between this and {@link #ABORTED}; the database's own message follows. */
    private static final Pattern BATCH_ENTRY = Pattern.compile("^Batch entry \\d+ ");

    private static final String ABORTED = " was aborted";

    /** H2 repeats the statement; the call has it, without its values. */
    private static final Pattern STATEMENT = Pattern.compile("(?is)[;,]?\\s{0,4}(?:in )?SQL statement\\b.*");

    /** {@code Key (a, b)=(1, x)}, {@code value is (x)}, {@code VALUES (…)}. */
    private static final Pattern LISTED = Pattern.compile("(?is)((?:=|\\bvalues? is|\\bvalues|\\bcontains)\\s{0,4}\\()(?:.*\\)|.*)");

    /** {@code invalid input syntax for type integer: "x"}, {@code Data conversion error converting "x"}. */
    private static final Pattern QUOTED = Pattern.compile("(?is)((?::|\\bconverting)\\s{0,4})\"(?:.*\"|.*)");

    /** Classes of SQLState that never mean that a table is not there: connection, login, resources, shutdown, system. */
    private static final Pattern NOT_ABOUT_TABLES = Pattern.compile("(?:08|28|53|57|58).*");

    private JdbcFailure() {}

    static void describe(Call call, Throwable failure, String sql, SqlText text) {
        String state = failure instanceof SQLException ? ((SQLException) failure).getSQLState() : null;
        call.set(CallAttributes.DB_STATUS, state);
        if (sql != null && isProbe(failure, state)) {
            return;
        }
        call.fail(state != null && !state.isEmpty() ? state : failure.getClass().getName(),
                withoutValues(failure.getMessage(), sql, text));
    }

    /** Spark asks whether a table is there by a query that fails when it is not. */
    private static boolean isProbe(Throwable failure, String state) {
        if (!(failure instanceof SQLException) || state != null && NOT_ABOUT_TABLES.matcher(state).matches()) {
            return false;
        }
        for (StackTraceElement frame : new Throwable().getStackTrace()) {
            if (frame.getMethodName().contains("tableExists") && frame.getClassName().startsWith("org.apache.spark.sql.")) {
                return true;
            }
        }
        return false;
    }

    static String withoutValues(String message, String sql, SqlText text) {
        if (message == null) {
            return null;
        }
        String clean = message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) : message;
        if (sql != null && !sql.isEmpty()) {
            clean = clean.replace(sql, text.text);
        }
        Matcher entry = BATCH_ENTRY.matcher(clean);
        if (!entry.find()) {
            return cleaned(clean);
        }
        String head = entry.group() + (text == null ? "?" : text.text) + ABORTED;
        int aborted = clean.indexOf(ABORTED, entry.end());
        // A value may say it too, or what is cut off: then nobody knows where the values end.
        boolean certain = aborted >= 0 && aborted == clean.lastIndexOf(ABORTED) && message.length() <= MAX_MESSAGE;
        return certain ? head + cleaned(clean.substring(aborted + ABORTED.length())) : head;
    }

    /** Without what looks like a value. */
    private static String cleaned(String message) {
        String clean = STATEMENT.matcher(message).replaceAll("");
        clean = LISTED.matcher(clean).replaceAll("$1?)");
        clean = QUOTED.matcher(clean).replaceAll("$1?");
        return withoutLiterals(clean);
    }

    /** What stands in single quotes; an apostrophe inside a word begins nothing, and ends nothing. */
    private static String withoutLiterals(String text) {
        StringBuilder out = null;
        int copied = 0;
        for (int i = text.indexOf('\''); i >= 0; i = text.indexOf('\'', i + 1)) {
            if (i > 0 && Character.isLetterOrDigit(text.charAt(i - 1))) {
                continue;
            }
            int close = i + 1;
            while (close < text.length() && (text.charAt(close) != '\'' || isInside(text, close))) {
                close++;
            }
            out = out == null ? new StringBuilder(text.length()) : out;
            out.append(text, copied, i).append('?');
            copied = Math.min(close + 1, text.length());
            i = copied - 1;
        }
        return out == null ? text : out.append(text, copied, text.length()).toString();
    }

    private static boolean isInside(String text, int quote) {
        return quote + 1 < text.length() && (Character.isLetterOrDigit(text.charAt(quote + 1)) || text.charAt(quote + 1) == '\'');
    }
}
