package io.sparkobs;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A line from the bridge: an acknowledgement, alone or with its greeting, or why it refuses. */
final class Answer {
    private static final Pattern ACK = Pattern.compile("^\\s*\\{.*\"ack\"\\s*:\\s*(-?[0-9]{1,18})\\s*[,}]");
    private static final Pattern OK = Pattern.compile("\"ok\"\\s*:\\s*true\\s*[,}]");
    private static final Pattern ERROR = Pattern.compile("^\\s*\\{.*\"error\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

    /** Refusals that no other try can change; the bridge's words. */
    private static final Pattern FINAL = Pattern.compile("token|protocol|version", Pattern.CASE_INSENSITIVE);

    private final String line;

    Answer(String line) {
        this.line = line;
    }

    boolean isOk() {
        return OK.matcher(line).find();
    }

    /** Up to which number the bridge has everything; null when the line says nothing of it. */
    Long acknowledged() {
        Matcher ack = ACK.matcher(line);
        return ack.find() ? Long.valueOf(ack.group(1)) : null;
    }

    /** Why the bridge refuses; null when it does not. */
    String error() {
        Matcher error = ERROR.matcher(line);
        return error.find() ? error.group(1) : null;
    }

    static boolean isFinal(String error) {
        return FINAL.matcher(error).find();
    }
}
