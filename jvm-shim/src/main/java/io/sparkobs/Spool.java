package io.sparkobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The oldest lines that the bridge has not acknowledged, in files, when memory is no place for them. All methods but the
 * getters are for one thread at a time.
 */
final class Spool {
    /** What is acknowledged gives its room on disk back in such pieces. */
    private static final long SEGMENT = 16L * 1024 * 1024;

    private final SpoolFolder folder;
    private final long capacity;
    private final long segmentSize;

    /** What is before it is acknowledged; the first segment is the one that it is in. */
    private final SpoolReader acknowledged = new SpoolReader();

    /** What is before it was sent. */
    private final SpoolReader unsent = new SpoolReader();

    /** Null when there is none. */
    private SpoolSegment last;

    private int segments;

    /** A file cannot be read: its lines stay there for a replay, and nothing is added. */
    private volatile boolean unreadable;

    private volatile long bytes;
    private volatile boolean hasUnsent;
    private volatile boolean isPending;
    private volatile String error;

    /** @param capacity in bytes; 0 for none */
    Spool(SpoolFolder folder, long capacity) {
        this.folder = folder;
        this.capacity = capacity;
        segmentSize = Math.min(SEGMENT, capacity / 4);
    }

    boolean isOn() {
        return capacity > 0;
    }

    Path path() {
        return folder.path();
    }

    long bytes() {
        return bytes;
    }

    long room() {
        return unreadable ? 0 : capacity - bytes;
    }

    /** What comes at once should not be more. */
    long segmentSize() {
        return segmentSize;
    }

    /** Whether there are lines to be sent. */
    boolean hasUnsent() {
        return hasUnsent;
    }

    /** Whether there are lines to be sent or acknowledged. */
    boolean isPending() {
        return isPending;
    }

    /** Why it cannot be written, or read; null when it can. */
    String error() {
        return error;
    }

    void setError(String why) {
        if (!unreadable) {
            error = why;
        }
    }

    /**
     * Adds all lines, or none.
     *
     * @param sent they have been sent already, as has all that is here
     */
    void append(SpoolChunk chunk, boolean sent) throws IOException {
        try {
            place(chunk);
        } catch (NoSuchFileException gone) {
            // Somebody cleaned up. What was there is lost, but the next try has a folder again.
            folder.release();
            throw gone;
        }
        bytes += chunk.text.length;
        if (sent) {
            unsent.moveToEnd(last);
        }
        changed();
    }

    private void place(SpoolChunk chunk) throws IOException {
        folder.prepare();
        if (last == null || last.length() > 0 && last.length() + chunk.text.length > segmentSize) {
            addSegment();
        }
        last.append(chunk);
    }

    private void addSegment() throws IOException {
        SpoolSegment added = new SpoolSegment(folder, segments + 1);
        segments++;
        if (last == null) {
            acknowledged.enter(added);
            unsent.enter(added);
        } else {
            last.follow(added);
            acknowledged.settle();
            unsent.settle();
        }
        last = added;
    }

    /** Copies unsent lines, until there are about so many bytes. */
    void take(JsonWriter target, int size) {
        if (hasUnsent) {
            try {
                unsent.copy(target, size);
            } catch (IOException | RuntimeException e) {
                unreadable(e);
            }
            changed();
        }
    }

    /** Of the first line that can still be sent; 0 when there is none. */
    long firstNumber() {
        if (isPending) {
            try {
                return acknowledged.number();
            } catch (IOException | RuntimeException e) {
                unreadable(e);
            }
        }
        return 0;
    }

    /**
     * Of the lines that were sent those up to this number are done with.
     *
     * @return how many of them were events
     */
    int acknowledge(long number) {
        int events = 0;
        if (isPending) {
            try {
                while (!acknowledged.isAt(unsent) && acknowledged.number() <= number) {
                    boolean event = acknowledged.isEvent();
                    acknowledged.skip();
                    events += event ? 1 : 0;
                    if (acknowledged.isAtEndOfSegment()) {
                        deleteFirst();
                    }
                }
            } catch (IOException | RuntimeException e) {
                unreadable(e);
            }
            changed();
        }
        return events;
    }

    private void deleteFirst() {
        SpoolSegment done = acknowledged.segment();
        SpoolSegment next = done.next();
        if (next == null) {
            last.close();
            last = null;
        }
        if (unsent.segment() == done) {
            unsent.enter(next);
        }
        acknowledged.enter(next);
        bytes -= done.length();
        try {
            Files.deleteIfExists(done.file);
        } catch (IOException e) {
            Log.failure("deleting a file of the spool", e);
        }
    }

    /** All was sent, as far as is known. */
    void sent() {
        unsent.moveToEnd(last);
        changed();
    }

    /** What is not acknowledged is to be sent again. */
    void resend() {
        unsent.moveTo(acknowledged);
        changed();
    }

    private void unreadable(Exception e) {
        unreadable = true;
        error = e.toString();
        Log.failure("reading the spool " + folder.path(), e);
    }

    private void changed() {
        hasUnsent = !unreadable && !unsent.isAtEnd();
        isPending = !unreadable && !acknowledged.isAtEnd();
    }

    /** Removes the folder when nothing is left in it; another line makes it anew. */
    void tidy() {
        if (acknowledged.isAtEnd()) {
            try {
                if (last != null) {
                    last.close();
                    Files.deleteIfExists(last.file);
                    last = null;
                    acknowledged.enter(null);
                    unsent.enter(null);
                }
                folder.remove();
            } catch (IOException e) {
                Log.failure("removing the spool's folder", e);
            }
        }
    }

    /** Nothing is read or written any more: what is left may be replayed. */
    void close() {
        tidy();
        acknowledged.enter(null);
        unsent.enter(null);
        if (last != null) {
            last.close();
        }
        folder.release();
        unreadable = true;
        changed();
    }
}
