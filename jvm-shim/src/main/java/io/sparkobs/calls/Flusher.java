package io.sparkobs.calls;

import io.sparkobs.Log;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Every second, on a thread of its own: what need not wait for a task's end leaves. */
final class Flusher {
    private static final long PERIOD_MILLIS = 1_000;

    private final Recorder recorder;

    /** Null on the driver. */
    private final DriverChannel channel;

    private final CountDownLatch stopped = new CountDownLatch(1);

    private Flusher(Recorder recorder, DriverChannel channel) {
        this.recorder = recorder;
        this.channel = channel;
    }

    static Flusher start(Recorder recorder, DriverChannel channel) {
        Flusher flusher = new Flusher(recorder, channel);
        Thread thread = new Thread(flusher::run, "sparkobs-calls");
        thread.setDaemon(true);
        thread.start();
        return flusher;
    }

    private void run() {
        do {
            tick();
        } while (!isStopped());
    }

    private void tick() {
        try {
            recorder.flush();
            if (channel != null) {
                channel.confirm();
            }
        } catch (Throwable failure) {
            Log.failure("sending calls", failure);
        }
    }

    private boolean isStopped() {
        try {
            return stopped.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException ended) {
            return true;
        }
    }

    /** The last of what is held leaves on the caller's thread, without waiting for an answer. */
    void stop() {
        stopped.countDown();
        recorder.flush();
    }
}
