package io.sparkobs;

/** Cuts by UTF-8 bytes, as the reader's twin does ({@code SafeText.cs}; tests/vectors/redaction.json holds both). */
public final class Cut {
    private static final String ELLIPSIS = "\u2026";
    private static final int ELLIPSIS_BYTES = 3;

    private Cut() {}

    /** At most this many bytes, the closing ellipsis among them; never inside a code point. */
    public static String text(String text, int limit) {
        return end(text, limit) == text.length() ? text : text.substring(0, end(text, limit - ELLIPSIS_BYTES)) + ELLIPSIS;
    }

    /** The longest beginning of at most this many bytes, unmarked. */
    public static String prefix(String text, int limit) {
        int end = end(text, limit);
        return end == text.length() ? text : text.substring(0, end);
    }

    /** How many characters fit. */
    private static int end(String text, int limit) {
        if (text.length() <= limit / 3) {
            return text.length();
        }
        int bytes = 0;
        int at = 0;
        while (at < text.length()) {
            int codePoint = text.codePointAt(at);
            bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
            if (bytes > limit) {
                break;
            }
            at += Character.charCount(codePoint);
        }
        return at;
    }

    /** A printed stack trace up to its first frames, with the lines between them; the frames of causes count too. */
    static String frames(String stack, int limit) {
        if (stack == null) {
            return null;
        }
        int frames = 0;
        int start = 0;
        while (start < stack.length()) {
            if (stack.startsWith("\tat ", start) && ++frames > limit) {
                return stack.substring(0, start) + ELLIPSIS;
            }
            int end = stack.indexOf('\n', start);
            if (end < 0) {
                break;
            }
            start = end + 1;
        }
        return stack;
    }
}
