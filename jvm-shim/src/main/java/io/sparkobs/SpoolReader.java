package io.sparkobs;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/** A place between the spool's lines, and how to go on from there. */
final class SpoolReader {
    private static final int PIECE = 64 * 1024;
    private static final int BEFORE_NUMBER = "{\"SparkObsSeq\":".length();

    /** Null when the spool has none. */
    private SpoolSegment segment;

    private long offset;

    /** How many lines of the segment are before this place. */
    private int line;

    private FileChannel channel;

    /** What was read last, of the segment's bytes from {@code from} to {@code to}. */
    private byte[] piece;

    private long from;
    private long to;

    SpoolSegment segment() {
        return segment;
    }

    boolean isAtEnd() {
        return segment == null || isAtEndOfSegment() && segment.next() == null;
    }

    boolean isAtEndOfSegment() {
        return offset == segment.length();
    }

    boolean isAt(SpoolReader other) {
        return segment == other.segment && offset == other.offset;
    }

    /** To a segment's beginning. */
    void enter(SpoolSegment other) {
        close();
        segment = other;
        offset = 0;
        line = 0;
    }

    void moveTo(SpoolReader other) {
        enter(other.segment);
        offset = other.offset;
        line = other.line;
    }

    /** To where the next line will be written. The count of lines is of no use from then on. */
    void moveToEnd(SpoolSegment last) {
        if (segment != last) {
            enter(last);
        }
        offset = last == null ? 0 : last.length();
    }

    /** From one segment's end to the next one's beginning, so that a place has one name. */
    void settle() {
        while (segment != null && isAtEndOfSegment() && segment.next() != null) {
            enter(segment.next());
        }
    }

    /** Copies whole lines until there are about so many bytes, at least one line when there is one, and moves behind them. */
    void copy(JsonWriter target, int size) throws IOException {
        while (target.length < size && !isAtEnd()) {
            int start = target.length;
            try {
                int end = -1;
                while (end < 0) {
                    int before = target.length;
                    append(target, offset + before - start);
                    end = lastNewline(target, before);
                }
                target.length = end + 1;
            } catch (IOException | RuntimeException e) {
                target.length = start;
                throw e;
            }
            offset += target.length - start;
            settle();
        }
    }

    private void append(JsonWriter target, long position) throws IOException {
        int count = (int) Math.min(PIECE, segment.length() - position);
        target.ensure(count);
        read(target.bytes, target.length, count, position);
        target.length += count;
    }

    private static int lastNewline(JsonWriter target, int from) {
        int at = target.length - 1;
        while (at >= from && target.bytes[at] != '\n') {
            at--;
        }
        return at >= from ? at : -1;
    }

    /** Of the line that begins here. */
    long number() throws IOException {
        long number = 0;
        long position = offset + BEFORE_NUMBER;
        for (byte digit = at(position); digit != ','; digit = at(++position)) {
            number = number * 10 + digit - '0';
        }
        return number;
    }

    /** Of the line that begins here. */
    boolean isEvent() {
        return segment.isEvent(line);
    }

    /** Over the line that begins here, within its segment. */
    void skip() throws IOException {
        long position = offset;
        while (at(position) != '\n') {
            position++;
        }
        offset = position + 1;
        line++;
    }

    private byte at(long position) throws IOException {
        if (position < from || position >= to) {
            if (piece == null) {
                piece = new byte[PIECE];
            }
            int count = (int) Math.min(PIECE, segment.length() - position);
            from = to = position;
            read(piece, 0, count, position);
            to = position + count;
        }
        return piece[(int) (position - from)];
    }

    private void read(byte[] target, int start, int count, long position) throws IOException {
        if (channel == null) {
            channel = FileChannel.open(segment.file, StandardOpenOption.READ);
        }
        ByteBuffer buffer = ByteBuffer.wrap(target, start, count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + count - buffer.remaining()) < 0) {
                break;
            }
        }
        if (count <= 0 || buffer.hasRemaining()) {
            throw new EOFException(segment.file + " is shorter than what was written");
        }
    }

    private void close() {
        from = to = 0;
        if (channel != null) {
            SpoolFolder.close(channel);
            channel = null;
        }
    }
}
