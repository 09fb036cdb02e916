package io.sparkobs;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Lines between Spark's threads and the sender's: numbered on entry, in order, kept until the bridge has acknowledged
 * them. The newer ones are in memory, the oldest may be in the spool. Offering copies the line and takes a lock that
 * nobody holds while waiting for anything else; it never touches a file.
 *
 * <p>When memory is full, lines are dropped by {@link Rank} and counted; a dropped line has used its number, so that the
 * gap is seen.
 */
final class Outbox {
    /** The bridge refuses longer lines, and the cuts keep all lines far below. */
    static final int MAX_LINE = 8 * 1024 * 1024;

    /**
     * Lines that may wait do so for this many bytes, or for the sender's next look, so that they leave in batches: waking a
     * thread costs as much as encoding ten of them. Other lines leave at once, and take along what waits.
     */
    private static final int WORTH_WAKING = 256 * 1024;

    /** Of one write to the spool: offers wait while so much is copied, which takes below a tenth of a millisecond. */
    private static final int CHUNK = 256 * 1024;

    /** Memory for lines of our own alone: a heartbeat tells what a full outbox did. */
    private static final long RESERVE = 64 * 1024;

    /** For what the files hold. Taken before {@link #lock}; not by threads that offer. */
    private final Object disk = new Object();

    private final Spool spool;
    private final SpoolChunk chunk = new SpoolChunk();

    /** For all that follows. */
    private final Object lock = new Object();

    private final long capacity;
    private final LineQueue memory;
    private final long[] shares = new long[Rank.COUNT];
    private final long[] dropped = new long[Rank.COUNT];

    /** Events in the spool that are not acknowledged. */
    private long spooled;

    /** The number of the last line offered; the first is 1, so that an acknowledgement of 0 means none. */
    private long last;

    /** Where in memory the sender goes on, once it has sent the spool. */
    private long unsent;

    /** A line that may not wait has not been sent. */
    private boolean urgent;

    /** Who sleeps until there is something to be sent, or until memory is crowded; null when nobody does. */
    private Thread sleepingSender;

    private Thread sleepingSpooler;

    /** Who pauses, or has. */
    private Thread spooler;

    private boolean closed;

    Outbox(long capacity, Spool spool) {
        this.capacity = capacity;
        this.spool = spool;
        memory = new LineQueue(capacity + RESERVE);
        for (Rank rank : Rank.values()) {
            shares[rank.ordinal()] = rank.share(capacity);
        }
        shares[Rank.OWN.ordinal()] += RESERVE;
    }

    /**
     * Takes a copy of a line.
     *
     * @param line the object's fields with their closing brace, without the opening one: the number comes before them
     * @return its number; 0 when there was no room
     */
    long offer(Rank rank, JsonWriter line) {
        int r = rank.ordinal();
        synchronized (lock) {
            if (closed) {
                return 0;
            }
            if (line.length > MAX_LINE || memory.bytes() + LineQueue.HEADER + line.length > shares[r]) {
                last += rank == Rank.OWN ? 0 : 1;
                dropped[r]++;
                return 0;
            }
            memory.add(rank, ++last, line);
            urgent |= !rank.mayWait();
            if (sleepingSender != null && isWorthWaking()) {
                LockSupport.unpark(sleepingSender);
                sleepingSender = null;
            }
            if (sleepingSpooler != null && isCrowded()) {
                LockSupport.unpark(sleepingSpooler);
                sleepingSpooler = null;
            }
            return last;
        }
    }

    /** Takes a line that ends with what became of all lines before it: no other comes in between. */
    long offer(Rank rank, JsonWriter line, Consumer<JsonWriter> ending) {
        synchronized (lock) {
            ending.accept(line);
            return offer(rank, line);
        }
    }

    private boolean isWorthWaking() {
        return urgent || memory.tail() - unsent > WORTH_WAKING;
    }

    /** Before the first rank's share is full, so that nothing is dropped that the disk would take. */
    private boolean isCrowded() {
        return memory.bytes() > capacity / 8 * 3;
    }

    /**
     * Copies lines that were not yet sent, whole, until there are about {@code size} bytes of them; at least one if there
     * is one. Waits up to {@code millis} for what is worth to be sent.
     */
    void take(JsonWriter target, int size, long millis) throws InterruptedException {
        awaitLines(millis);
        synchronized (disk) {
            spool.take(target, size);
            synchronized (lock) {
                while (!spool.hasUnsent() && unsent < memory.tail() && target.length < size) {
                    unsent = memory.write(unsent, target);
                }
                if (unsent == memory.tail()) {
                    urgent = false;
                }
            }
        }
    }

    private void awaitLines(long millis) throws InterruptedException {
        synchronized (lock) {
            if (isWorthWaking() || closed || spool.hasUnsent()) {
                return;
            }
            sleepingSender = Thread.currentThread();
        }
        try {
            sleep(millis);
        } finally {
            synchronized (lock) {
                sleepingSender = null;
            }
        }
    }

    /** Until so much time is over, or {@link LockSupport#unpark}; it may also end early. */
    private static void sleep(long millis) throws InterruptedException {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    /** The bridge has taken over all lines up to this number. */
    void acknowledge(long number) {
        synchronized (disk) {
            int events = spool.acknowledge(number);
            synchronized (lock) {
                spooled -= events;
                long position = memory.head();
                while (position < unsent && memory.number(position) <= number) {
                    position += LineQueue.HEADER + memory.length(position);
                }
                memory.release(position);
            }
        }
    }

    /** On a new connection: everything after what the bridge has is to be sent (again). */
    void resendAfter(long number) {
        synchronized (disk) {
            spool.sent();
            synchronized (lock) {
                unsent = memory.tail();
            }
            acknowledge(number);
            spool.resend();
            synchronized (lock) {
                unsent = memory.head();
            }
        }
    }

    /**
     * Moves the oldest lines before a position of memory to the spool, as many as one write takes.
     *
     * @return whether there were any, and room for them
     */
    boolean spool(long until) throws IOException {
        synchronized (disk) {
            long end;
            boolean sent;
            synchronized (lock) {
                sent = unsent > memory.head();
                end = copyOldest(sent ? Math.min(until, unsent) : until);
            }
            if (chunk.lines == 0) {
                return false;
            }
            spool.append(chunk, sent);
            synchronized (lock) {
                spooled += memory.release(end);
                unsent = Math.max(unsent, end);
            }
            return true;
        }
    }

    /** @return where the first line that was not copied is */
    private long copyOldest(long until) {
        long size = Math.min(CHUNK, spool.segmentSize());
        long room = spool.room();
        chunk.clear();
        long position = memory.head();
        while (position < until && chunk.text.length < size
                && chunk.text.length + LineQueue.WIRE + memory.length(position) <= room) {
            chunk.events.set(chunk.lines++, memory.rank(position).isEvent());
            position = memory.write(position, chunk.text);
        }
        return position;
    }

    /** The spooler's rest: until memory is crowded, if so wished, or {@link #wakeSpooler}. */
    void pause(long millis, boolean untilCrowded) throws InterruptedException {
        synchronized (lock) {
            if (closed || untilCrowded && isCrowded()) {
                return;
            }
            spooler = Thread.currentThread();
            sleepingSpooler = untilCrowded ? spooler : null;
        }
        sleep(millis);
    }

    /** Up to where memory must be moved to the spool so that it is not crowded for a while; its beginning when it is not. */
    long crowd() {
        synchronized (lock) {
            return isCrowded() ? memory.tail() - capacity / 4 : memory.head();
        }
    }

    /** Where the oldest line in memory is. */
    long head() {
        synchronized (lock) {
            return memory.head();
        }
    }

    /** Where the next line in memory will be. */
    long tail() {
        synchronized (lock) {
            return memory.tail();
        }
    }

    /** Removes the spool's folder when nothing is left in it. */
    void tidySpool() {
        synchronized (disk) {
            spool.tidy();
        }
    }

    /** The number of the first line that can still be sent. */
    long firstNumber() {
        synchronized (disk) {
            long number = spool.firstNumber();
            synchronized (lock) {
                return number > 0 ? number : memory.isEmpty() ? last + 1 : memory.number(memory.head());
            }
        }
    }

    /** The number of the last line offered. */
    long lastNumber() {
        synchronized (lock) {
            return last;
        }
    }

    /** Whether nothing is to be sent, and everything sent acknowledged. */
    boolean isEmpty() {
        synchronized (lock) {
            return memory.isEmpty() && !spool.isPending();
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
            return memory.held(rank);
        }
    }

    /** Bytes in memory. */
    long memoryBytes() {
        synchronized (lock) {
            return memory.bytes();
        }
    }

    /** Events in the spool, sent or not. */
    long spooled() {
        synchronized (lock) {
            return spooled;
        }
    }

    /** Somebody waits for what is here. */
    void wakeSender() {
        synchronized (lock) {
            urgent = true;
            LockSupport.unpark(sleepingSender);
        }
    }

    void wakeSpooler() {
        synchronized (lock) {
            LockSupport.unpark(spooler);
        }
    }

    /** For good: gives back the memory, and takes nothing more. What the spool has stays there. */
    void close() {
        synchronized (disk) {
            spool.close();
            synchronized (lock) {
                closed = true;
                unsent = memory.tail();
                memory.release(memory.tail());
                LockSupport.unpark(sleepingSender);
                LockSupport.unpark(spooler);
            }
        }
    }
}
