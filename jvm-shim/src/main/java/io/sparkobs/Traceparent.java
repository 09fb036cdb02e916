package io.sparkobs;

/** A caller's span, from a W3C {@code traceparent}. */
public final class Traceparent {
    private static final int LENGTH = 55;

    public final String trace;
    final String span;
    final boolean sampled;

    private Traceparent(String trace, String span, boolean sampled) {
        this.trace = trace;
        this.span = span;
        this.sampled = sampled;
    }

    /**
     * Reads {@code version-traceid-parentid-flags} (W3C Trace Context, section 3.2): version 00 has nothing after the
     * flags, a later one may have more behind a dash, ff is invalid. Null for anything else.
     */
    public static Traceparent parse(String text) {
        if (text == null || text.length() < LENGTH
                || text.charAt(2) != '-' || text.charAt(35) != '-' || text.charAt(52) != '-') {
            return null;
        }
        String version = text.substring(0, 2);
        if (!isByte(version) || version.equals("ff")) {
            return null;
        }
        if (text.length() > LENGTH && (version.equals("00") || text.charAt(LENGTH) != '-')) {
            return null;
        }
        String trace = text.substring(3, 35);
        String span = text.substring(36, 52);
        String flags = text.substring(53, 55);
        if (!Hex.isId(trace, 32) || !Hex.isId(span, 16) || !isByte(flags)) {
            return null;
        }
        return new Traceparent(trace, span, (Integer.parseInt(flags, 16) & 1) != 0);
    }

    private static boolean isByte(String text) {
        return Hex.isDigit(text.charAt(0)) && Hex.isDigit(text.charAt(1));
    }
}
