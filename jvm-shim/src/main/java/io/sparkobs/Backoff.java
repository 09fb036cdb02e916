package io.sparkobs;

import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before the next try: doubled each time, less up to half by chance, so that drivers do not come all at once. */
final class Backoff {
    private static final long FIRST_MILLIS = 100;
    private static final long LONGEST_MILLIS = 10_000;

    private long millis = FIRST_MILLIS;

    void reset() {
        millis = FIRST_MILLIS;
    }

    long next() {
        long current = millis;
        millis = Math.min(LONGEST_MILLIS, millis * 2);
        return current - ThreadLocalRandom.current().nextLong(current / 2 + 1);
    }
}
