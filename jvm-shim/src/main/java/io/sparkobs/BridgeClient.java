package io.sparkobs;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * The sender: one daemon thread that connects to the bridge, sends what is in the outbox and takes acknowledgements. A
 * connection that breaks is made anew, and what the bridge does not have is sent again.
 */
final class BridgeClient implements Runnable {
    private static final long CONNECT_MILLIS = 2_000;

    /** A bridge that is busy starting may take a while to answer. */
    private static final long ANSWER_MILLIS = 10_000;

    /** A bridge that takes or acknowledges nothing for so long is given up, and tried anew. */
    private static final long STALL_MILLIS = 60_000;

    /** Without a connection for so long, what is in memory goes to the spool. */
    private static final long AWAY_MILLIS = 1_000;

    /** With a connection over which nothing is acknowledged for so long. */
    private static final long SILENT_MILLIS = 10_000;

    /** A bridge that was lost so lately may be starting again, and is worth to be waited for. */
    private static final long RETURN_MILLIS = 5_000;

    private static final long HEARTBEAT_MILLIS = 10_000;

    /** Bytes of one write: what a socket takes at once. */
    private static final int BATCH = 64 * 1024;

    /** How long a line of a task may wait for others. */
    private static final long IDLE_MILLIS = 100;

    /** At the end, when somebody waits for the last acknowledgements, they are looked for more often. */
    private static final long ACK_MILLIS = 10;

    /** After the end of the application its last lines may still come, on Spark 4.x for long; shorter than between heartbeats. */
    private static final long LINGER_MILLIS = 5_000;

    /** A bridge that does not come back does not get the last lines; their memory is given back. */
    private static final long LONGEST_LINGER_MILLIS = 60_000;

    private enum State { CONNECTING, CONNECTED, UNREACHABLE, REFUSED, STOPPED }

    private final Endpoint endpoint;
    private final Session session;
    private final Outbox outbox;
    private final Ledger ledger;
    private final boolean spools;
    private final Runnable stopped;
    private final Backoff backoff = new Backoff();
    private final JsonWriter lines = new JsonWriter();

    private volatile State state = State.CONNECTING;
    private volatile boolean heartbeatWanted;
    private volatile boolean draining;

    /** When the application ended, by {@link System#nanoTime}; 0 while it runs. */
    private volatile long ended;

    /** When a connection last broke, by the same clock; 0 when none has. */
    private volatile long lost;

    /** When the bridge last had everything or acknowledged something, by the same clock. */
    private volatile long lastProgress = System.nanoTime();

    /** When a line was last sent, by the same clock. */
    private long lastSent = lastProgress;

    /**
     * @param spools whether what cannot be sent has a place on disk, so that to wait is of use even when the bridge refuses
     * @param stopped is told when nothing is sent any more
     */
    BridgeClient(Endpoint endpoint, Session session, Outbox outbox, Ledger ledger, boolean spools, Runnable stopped) {
        this.endpoint = endpoint;
        this.session = session;
        this.outbox = outbox;
        this.ledger = ledger;
        this.spools = spools;
        this.stopped = stopped;
    }

    void start() {
        Thread sender = new Thread(this, "sparkobs-sender");
        sender.setDaemon(true);
        sender.start();
    }

    /** What is to come is the last: the sender goes on until it has left, within a bound. */
    void end() {
        ended = System.nanoTime() | 1;
    }

    /**
     * Waits until the bridge has everything, with a last heartbeat, but at most so long, and not at all when the bridge
     * cannot be reached.
     *
     * @return whether it has
     */
    boolean drain(long millis) throws InterruptedException {
        if ((state == State.UNREACHABLE || state == State.STOPPED) && isDelivered()) {
            return true;
        }
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        heartbeatWanted = true;
        draining = true;
        outbox.wakeSender();
        try {
            while (heartbeatWanted || !outbox.isEmpty()) {
                if (!canReach() || System.nanoTime() - end >= 0) {
                    return false;
                }
                Thread.sleep(ACK_MILLIS);
            }
            return true;
        } finally {
            draining = false;
        }
    }

    /** Whether the last try, if there was one, found a bridge, or the one before did a moment ago. */
    boolean canReach() {
        return state == State.CONNECTING || state == State.CONNECTED
                || state == State.UNREACHABLE && lost != 0
                && System.nanoTime() - lost < TimeUnit.MILLISECONDS.toNanos(RETURN_MILLIS);
    }

    /** Whether the bridge takes nothing, for so long that it may not come back. */
    boolean isStalled() {
        long limit = state == State.CONNECTED ? SILENT_MILLIS : AWAY_MILLIS;
        return System.nanoTime() - lastProgress > TimeUnit.MILLISECONDS.toNanos(limit);
    }

    @Override
    public void run() {
        try {
            while (!isOver()) {
                if (state == State.REFUSED) {
                    Thread.sleep(AWAY_MILLIS);
                    continue;
                }
                try (Connection connection = Connection.open(endpoint, CONNECT_MILLIS)) {
                    greet(connection);
                    send(connection);
                } catch (IOException e) {
                    unreachable(e.toString());
                } catch (RuntimeException | Error e) {
                    Log.failure("sending", e);
                    unreachable(e.toString());
                }
                if (state == State.UNREACHABLE) {
                    Thread.sleep(backoff.next());
                }
            }
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        } finally {
            state = State.STOPPED;
            stopped.run();
        }
    }

    private void unreachable(String why) {
        if (state != State.REFUSED) {
            lost = state == State.CONNECTED ? System.nanoTime() | 1 : lost;
            state = State.UNREACHABLE;
            if (isDelivered()) {
                return;
            }
            Log.warnOnce("unreachable", "SparkObs: no bridge at " + endpoint + " (" + why + "); trying on, events are kept"
                    + " meanwhile, in memory" + (spools ? " and on disk" : "") + ", and dropped (and counted) when there is no"
                    + " room. The application is not affected.");
        }
    }

    private void greet(Connection connection) throws IOException {
        lines.clear();
        session.writeHello(lines, session.token, outbox.firstNumber());
        connection.write(lines.bytes, lines.length, STALL_MILLIS);

        String line = connection.readLine(ANSWER_MILLIS);
        if (line == null) {
            throw new IOException("no answer within " + ANSWER_MILLIS + " ms");
        }
        Answer answer = new Answer(line);
        if (answer.error() != null) {
            refused(answer.error());
        }
        Long acknowledged = answer.acknowledged();
        if (!answer.isOk() || acknowledged == null || acknowledged > outbox.lastNumber()) {
            throw new IOException("its answer is not a bridge's");
        }
        outbox.resendAfter(acknowledged);
        backoff.reset();
        lastProgress = System.nanoTime();
        state = State.CONNECTED;
    }

    private void refused(String error) throws IOException {
        if (Answer.isFinal(error)) {
            state = State.REFUSED;
            Log.warnOnce("refused", "SparkObs: the bridge at " + endpoint + " refused this application (" + error
                    + "); nothing is sent in this run" + (spools ? ", its events are kept on disk" : "")
                    + ". The application is not affected.");
        }
        throw new IOException("refused: " + error);
    }

    private void send(Connection connection) throws IOException, InterruptedException {
        long nextHeartbeat = System.nanoTime();
        while (!isOver()) {
            long now = System.nanoTime();
            if (heartbeatWanted || now - nextHeartbeat >= 0 || owesHeartbeat()) {
                heartbeatWanted = !ledger.beat();
                nextHeartbeat = now + TimeUnit.MILLISECONDS.toNanos(HEARTBEAT_MILLIS);
            }

            lines.clear();
            boolean idle = outbox.isEmpty();
            outbox.take(lines, BATCH, draining ? ACK_MILLIS : IDLE_MILLIS);
            connection.write(lines.bytes, lines.length, STALL_MILLIS);
            if (lines.length > 0) {
                lastSent = System.nanoTime();
            }
            if (takeAcknowledgements(connection) || idle) {
                lastProgress = now;
            } else if (now - lastProgress > TimeUnit.MILLISECONDS.toNanos(STALL_MILLIS)) {
                throw new IOException("nothing acknowledged within " + STALL_MILLIS + " ms");
            }
        }
    }

    private boolean takeAcknowledgements(Connection connection) throws IOException {
        boolean any = false;
        for (String line = connection.readLine(0); line != null; line = connection.readLine(0)) {
            Answer answer = new Answer(line);
            if (answer.error() != null) {
                refused(answer.error());
            }
            if (answer.acknowledged() == null) {
                throw new IOException("its answer is not a bridge's");
            }
            outbox.acknowledge(answer.acknowledged());
            any = true;
        }
        return any;
    }

    /** After the end more events may have come than the last heartbeat told of. */
    private boolean owesHeartbeat() {
        return ended != 0 && isQuiet() && !ledger.isToldAll();
    }

    /** The application has ended and told all: a bridge that goes then, as one in the driver's own program does, is missed by nobody. */
    private boolean isDelivered() {
        return ended != 0 && outbox.isEmpty() && ledger.isToldAll();
    }

    /** After the end: when nothing has come to be sent for a while, or the bridge stays away. */
    private boolean isOver() {
        if (state == State.REFUSED && !spools) {
            return true;
        }
        return ended != 0
                && (outbox.isEmpty() && isQuiet() && !owesHeartbeat()
                || state != State.CONNECTED && System.nanoTime() - ended > TimeUnit.MILLISECONDS.toNanos(LONGEST_LINGER_MILLIS));
    }

    private boolean isQuiet() {
        long now = System.nanoTime();
        return Math.min(now - ended, now - lastSent) > TimeUnit.MILLISECONDS.toNanos(LINGER_MILLIS);
    }
}
