package io.sparkobs;

/** Lines in memory, the oldest first, each with its number and rank; addressed by position. Not for use by several threads. */
final class LineQueue {
    /** A record's header: its length, number and rank. */
    static final int HEADER = 4 + 8 + 1;

    /** How much longer than its text a line can be on the wire: the number's field, at most 19 digits of it, and the end. */
    static final int WIRE = 40;

    private static final byte[] SEQUENCE = JsonWriter.ascii("{\"SparkObsSeq\":");
    private static final byte[] NEXT = JsonWriter.ascii(",");
    private static final byte[] END = JsonWriter.ascii("\n");

    private final ByteQueue queue;
    private final byte[] header = new byte[HEADER];
    private final long[] held = new long[Rank.COUNT];

    LineQueue(long capacity) {
        queue = new ByteQueue(capacity);
    }

    long head() {
        return queue.head();
    }

    long tail() {
        return queue.tail();
    }

    long bytes() {
        return queue.tail() - queue.head();
    }

    boolean isEmpty() {
        return queue.tail() == queue.head();
    }

    long held(Rank rank) {
        return held[rank.ordinal()];
    }

    void add(Rank rank, long number, JsonWriter line) {
        int r = rank.ordinal();
        put(0, line.length, 4);
        put(4, number, 8);
        header[12] = (byte) r;
        queue.append(header, 0, HEADER);
        queue.append(line.bytes, 0, line.length);
        held[r]++;
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

    /** Of the text, without number. */
    int length(long position) {
        return (int) readHeader(position, 0, 4);
    }

    long number(long position) {
        return readHeader(position, 4, 8);
    }

    Rank rank(long position) {
        return Rank.of((int) readHeader(position, 12, 1));
    }

    /** Writes the line as it goes over the wire. @return where the next one is */
    long write(long position, JsonWriter target) {
        int length = length(position);
        target.number(SEQUENCE, number(position)).raw(NEXT);
        target.ensure(length);
        queue.read(position + HEADER, target.bytes, target.length, length);
        target.length += length;
        target.raw(END);
        return position + HEADER + length;
    }

    /** Forgets the lines before the position. @return how many of them were events */
    int release(long position) {
        int events = 0;
        for (long at = queue.head(); at < position; at += HEADER + length(at)) {
            Rank rank = rank(at);
            held[rank.ordinal()]--;
            events += rank.isEvent() ? 1 : 0;
        }
        queue.release(position);
        return events;
    }
}
