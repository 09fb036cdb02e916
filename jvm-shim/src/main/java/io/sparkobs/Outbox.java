package io.sparkobs;

/**
 * Lines between Spark's threads and the sender's: numbered on entry, in order, kept until the bridge has acknowledged
 * them. Offering copies the line and takes a lock that nobody holds while waiting for anything else.
 *
 * <p>When memory is full, lines are dropped by {@link Rank} and counted; a dropped line has used its number, so that the
 * gap is seen. A spool on disk belongs behind {@link #offer}, where a line is refused for want of memory.
 */
final class Outbox {
    /** The bridge refuses longer lines, and the cuts keep all lines far below. */
    static final int MAX_LINE = 8 * 1024 * 1024;

    /**
     * Lines of tasks wait for this many bytes, or for the sender's next look, so that they leave in batches: waking a thread
     * costs as much as encoding ten of them. Other lines leave at once, and take along what waits.
     */
    private static final int WORTH_WAKING = 256 * 1024;

    /** A record's header: its length, number and rank. */
    private static final int HEADER = 4 + 8 + 1;

    private static final byte[] SEQUENCE = JsonWriter.ascii("{\"SparkObsSeq\":");
    private static final byte[] NEXT = JsonWriter.ascii(",");
    private static final byte[] END = JsonWriter.ascii("\n");

    private final Object lock = new Object();
    private final long[] shares = new long[Rank.COUNT];
    private final long[] dropped = new long[Rank.COUNT];
    private final long[] held = new long[Rank.COUNT];
    private final byte[] header = new byte[HEADER];
    private final ByteQueue queue;

    /** The number of the last line offered; the first is 1, so that an acknowledgement of 0 means none. */
    private long last;

    private long unsent;

    /** A line that is not a task's has not been sent. */
    private boolean urgent;

    private boolean asleep;
    private boolean closed;

    Outbox(long capacity) {
        queue = new ByteQueue(capacity);
        for (Rank rank : Rank.values()) {
            shares[rank.ordinal()] = rank.share(capacity);
        }
    }

    /**
     * Takes a copy of a line.
     *
     * @param line the object's fields with their closing brace, without the opening one: the number comes before them
     */
    void offer(Rank rank, JsonWriter line) {
        int r = rank.ordinal();
        int size = HEADER + line.length;
        synchronized (lock) {
            if (closed) {
                return;
            }
            last++;
            if (line.length > MAX_LINE || queue.tail() - queue.head() + size > shares[r]) {
                dropped[r]++;
                return;
            }
            put(0, line.length, 4);
            put(4, last, 8);
            header[12] = (byte) r;
            queue.append(header, 0, HEADER);
            queue.append(line.bytes, 0, line.length);
            held[r]++;
            urgent |= rank != Rank.TASK;
            if (asleep && isWorthWaking()) {
                asleep = false;
                lock.notifyAll();
            }
        }
    }

    private boolean isWorthWaking() {
        return urgent || queue.tail() - unsent > WORTH_WAKING;
    }

    private void put(int at, long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            header[at + i] = (byte) (value >>> 8 * i);
        }
    }

    private long readHeader(long position, int at, int bytes) {
        queue.read(position, header, 0, HEADER);
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (header[at + i] & 0xffL) << 8 * i;
        }
        return value;
    }

    /**
     * Copies lines that were not yet sent, whole, until there are about {@code size} bytes of them; at least one if there
     * is one. Waits up to {@code millis} for what is worth to be sent.
     */
    void take(JsonWriter target, int size, long millis) throws InterruptedException {
        synchronized (lock) {
            if (!isWorthWaking() && !closed && millis > 0) {
                asleep = true;
                lock.wait(millis);
                asleep = false;
            }
            while (unsent < queue.tail() && target.length < size) {
                int length = (int) readHeader(unsent, 0, 4);
                target.number(SEQUENCE, readHeader(unsent, 4, 8)).raw(NEXT);
                target.ensure(length);
                queue.read(unsent + HEADER, target.bytes, target.length, length);
                target.length += length;
                target.raw(END);
                unsent += HEADER + length;
            }
            if (unsent == queue.tail()) {
                urgent = false;
            }
        }
    }

    /** The bridge has taken over all lines up to this number. */
    void acknowledge(long number) {
        synchronized (lock) {
            long position = queue.head();
            while (position < unsent && readHeader(position, 4, 8) <= number) {
                held[header[12]]--;
                position += HEADER + readHeader(position, 0, 4);
            }
            queue.release(position);
            if (position == queue.tail()) {
                lock.notifyAll();
            }
        }
    }

    /** On a new connection: everything after what the bridge has is to be sent (again). */
    void resendAfter(long number) {
        synchronized (lock) {
            unsent = queue.tail();
            acknowledge(number);
            unsent = queue.head();
        }
    }

    /** The number of the first line that can still be sent. */
    long firstNumber() {
        synchronized (lock) {
            return queue.head() == queue.tail() ? last + 1 : readHeader(queue.head(), 4, 8);
        }
    }

    /** The number of the last line offered. */
    long lastNumber() {
        synchronized (lock) {
            return last;
        }
    }

    boolean isEmpty() {
        synchronized (lock) {
            return queue.head() == queue.tail();
        }
    }

    /** Lines that were dropped. */
    long dropped(Rank rank) {
        synchronized (lock) {
            return dropped[rank.ordinal()];
        }
    }

    /** Lines in memory, sent or not. */
    long held(Rank rank) {
        synchronized (lock) {
            return held[rank.ordinal()];
        }
    }

    /** Wakes the sender. */
    void wake() {
        synchronized (lock) {
            urgent = true;
            lock.notifyAll();
        }
    }

    /** For good: gives back the memory, and takes nothing more. */
    void close() {
        synchronized (lock) {
            closed = true;
            unsent = queue.tail();
            queue.release(queue.tail());
            lock.notifyAll();
        }
    }
}
