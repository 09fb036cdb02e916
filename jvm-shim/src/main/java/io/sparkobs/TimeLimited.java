package io.sparkobs;

/** A text for a user's pattern, which may backtrack for ever: after 100 ms no character is given any more. */
final class TimeLimited implements CharSequence {
    private static final long LIMIT_NANOS = 100_000_000L;

    /** The clock is looked at once in so many characters. */
    private static final int READS_BETWEEN = 1_024;

    private final CharSequence text;
    private final long end;
    private int reads;

    TimeLimited(CharSequence text) {
        this(text, System.nanoTime() + LIMIT_NANOS);
    }

    private TimeLimited(CharSequence text, long end) {
        this.text = text;
        this.end = end;
    }

    @Override
    public char charAt(int index) {
        if (++reads % READS_BETWEEN == 0 && System.nanoTime() - end > 0) {
            throw new Exceeded();
        }
        return text.charAt(index);
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public CharSequence subSequence(int from, int to) {
        return new TimeLimited(text.subSequence(from, to), end);
    }

    @Override
    public String toString() {
        return text.toString();
    }

    static final class Exceeded extends RuntimeException {
        Exceeded() {
            super("over 100 ms", null, false, false);
        }
    }
}
