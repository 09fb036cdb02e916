package io.sparkobs.calls;

import io.sparkobs.Log;
import java.time.Instant;

/**
 * One call under way: begun by {@link Calls#begin}, counted when it ends. A call that never ends is never seen, which is
 * how one is given up. Attributes may come from one thread at a time. Nothing here throws.
 */
public final class Call extends Described {
    /** More attributes than any kind of call has; further ones are left out. */
    private static final int MAX_ATTRIBUTES = 24;

    final Recorder recorder;

    /** The task that made it; null outside tasks. */
    CallGroup task;

    /** The SQL execution of the driver's thread that made it; -1 for none. */
    long executionId = -1;

    /** Made on a thread of which nobody knows what it works for. */
    boolean unowned;

    /** µs since the epoch. */
    final long start;

    private final long startNanos = System.nanoTime();

    /** ns; set by the end. */
    long duration;

    /** {@code error.type}, or null. */
    String error;

    String message;

    Call(Recorder recorder, CallKind kind, String name) {
        super(kind, name, 8);
        this.recorder = recorder;
        start = now();
    }

    /** µs since the epoch. */
    static long now() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    }

    /** The name of the span, where it is known only now. */
    public void name(String better) {
        name = better;
    }

    /** Sets or replaces an attribute; null leaves it out. */
    public void set(String key, String value) {
        if (value != null) {
            put(key, value, 0);
        }
    }

    public void set(String key, long value) {
        put(key, null, value);
    }

    private void put(String key, String text, long number) {
        int at = find(key);
        if (at < MAX_ATTRIBUTES) {
            put(at, key, text, number);
        }
    }

    /** @param type few values: a class, a status, an error code */
    public void fail(String type, String text) {
        error = type == null || type.isEmpty() ? "_OTHER" : type;
        message = text;
    }

    public void fail(Throwable failure) {
        try {
            fail(failure.getClass().getName(), failure.getMessage());
        } catch (Throwable hostile) {
            fail("_OTHER", null);
        }
    }

    /** The call ends now, and is recorded. */
    public void end() {
        end(elapsed());
    }

    /** @param nanos how long it took, where that is known better */
    public void end(long nanos) {
        try {
            duration = Math.max(nanos, 0);
            recorder.record(this);
        } catch (Throwable failure) {
            Log.failure("recording a call", failure);
        }
    }

    /** ns since it began. */
    public long elapsed() {
        return System.nanoTime() - startNanos;
    }
}
