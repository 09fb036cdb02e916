package io.sparkobs;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * Moves lines from memory to the spool: when memory is crowded, and, while the bridge takes nothing, all that is older
 * than half a second to a second, so that a driver that is killed leaves nearly everything. A daemon thread of its own, as
 * the sender may hang in a socket.
 */
final class Spooler implements Runnable {
    private static final long POLL_MILLIS = 500;

    /** A disk that could not be written is tried again after so long. */
    private static final long RETRY_MILLIS = 10_000;

    private static final long SETTLE_POLL_MILLIS = 5;

    private enum Wish { NONE, TIDY, ALL }

    private final Outbox outbox;
    private final Spool spool;
    private final BooleanSupplier stalled;

    private final AtomicReference<Wish> wish = new AtomicReference<>(Wish.NONE);
    private volatile boolean running;

    /** Memory's end at the last two polls, the second the older. */
    private long tail;

    private long olderTail;
    private long polled = System.nanoTime();

    /** No room, or no writing, at the last try. */
    private boolean blocked;

    /** By {@link System#nanoTime}. */
    private long retryAt = polled;

    /** @param stalled whether the bridge takes nothing */
    Spooler(Outbox outbox, Spool spool, BooleanSupplier stalled) {
        this.outbox = outbox;
        this.spool = spool;
        this.stalled = stalled;
    }

    void start() {
        if (spool.isOn()) {
            running = true;
            Thread thread = new Thread(this, "sparkobs-spool");
            thread.setDaemon(true);
            thread.start();
        }
    }

    void stop() {
        running = false;
        outbox.wakeSpooler();
    }

    /**
     * At an end: writes all that is in memory, if so wished, and removes a folder in which nothing is left.
     *
     * @param millis the longest that the caller waits for it
     */
    synchronized void settle(boolean all, long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        wish.set(all ? Wish.ALL : Wish.TIDY);
        outbox.wakeSpooler();
        while (running && wish.get() != Wish.NONE && System.nanoTime() - end < 0) {
            Thread.sleep(SETTLE_POLL_MILLIS);
        }
    }

    @Override
    public void run() {
        try {
            while (running) {
                if (wish.get() == Wish.NONE) {
                    outbox.pause(POLL_MILLIS, !blocked);
                }
                Wish now = wish.get();
                step(now == Wish.ALL);
                if (now != Wish.NONE) {
                    outbox.tidySpool();
                    wish.compareAndSet(now, Wish.NONE);
                }
            }
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        } finally {
            running = false;
        }
    }

    private void step(boolean all) {
        long now = System.nanoTime();
        if (now - polled >= TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS)) {
            polled = now;
            olderTail = tail;
            tail = outbox.tail();
        }
        if (!all && now - retryAt < 0) {
            return;
        }
        long until = all ? outbox.tail() : Math.max(outbox.crowd(), stalled.getAsBoolean() ? olderTail : 0);
        try {
            blocked = false;
            while (outbox.head() < until && !blocked) {
                blocked = !outbox.spool(until) && outbox.head() < until;
            }
            if (blocked) {
                failed("no room within " + ShimConf.SPOOL_BYTES);
            } else {
                spool.setError(null);
            }
        } catch (Exception | Error e) {
            blocked = true;
            retryAt = now + TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS);
            failed(e.toString());
        }
    }

    private void failed(String why) {
        spool.setError(why);
        Log.warnOnce("spool", "SparkObs: the spool " + spool.path() + " takes nothing more (" + why + "); it is tried again."
                + " Until then events are kept in memory, and dropped (and counted) when it is full. The application is not"
                + " affected.");
    }
}
