package io.sparkobs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.BitSet;

/** One file of the spool: whole lines, in order. What a write leaves that failed in the middle is cut off again. */
final class SpoolSegment {
    /** The JVM copies what is written into a buffer outside the heap of this size. */
    private static final int SLICE = 64 * 1024;

    final Path file;
    private final SpoolFolder folder;

    /** Bit n: its line n is an event. */
    private final BitSet events = new BitSet();

    private int lines;
    private long length;
    private SpoolSegment next;

    /** Null when there is nothing more to write, or after a failure. */
    private FileChannel channel;

    SpoolSegment(SpoolFolder folder, int number) throws IOException {
        this.folder = folder;
        file = folder.path().resolve(String.format("spool-%06d.jsonl", number));
        channel = folder.create(file);
    }

    long length() {
        return length;
    }

    boolean isEvent(int line) {
        return events.get(line);
    }

    SpoolSegment next() {
        return next;
    }

    /** All of the lines, or none. */
    void append(SpoolChunk chunk) throws IOException {
        if (channel == null) {
            channel = folder.reopen(file);
            channel.truncate(length);
        }
        try {
            write(chunk.text.bytes, chunk.text.length);
        } catch (IOException | RuntimeException | Error e) {
            cutOff();
            throw e;
        }
        for (int i = 0; i < chunk.lines; i++) {
            events.set(lines++, chunk.events.get(i));
        }
        length += chunk.text.length;
    }

    private void write(byte[] bytes, int count) throws IOException {
        int at = 0;
        while (at < count) {
            at += channel.write(ByteBuffer.wrap(bytes, at, Math.min(SLICE, count - at)), length + at);
        }
    }

    private void cutOff() {
        try {
            channel.truncate(length);
        } catch (IOException | RuntimeException notNow) {
            // Before the next write it is tried again.
        }
        close();
    }

    /** No more is written: the lines go on in another. */
    void follow(SpoolSegment successor) {
        next = successor;
        close();
    }

    void close() {
        if (channel != null) {
            SpoolFolder.close(channel);
            channel = null;
        }
    }
}
