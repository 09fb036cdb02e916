package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.nextKey;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * The sender: one daemon thread that connects to the bridge, sends what is in the outbox and takes acknowledgements. A
 * connection that breaks is made anew, and what the bridge does not have is sent again.
 */
final class BridgeClient implements Runnable {
    private static final int PROTOCOL = 1;
    private static final long CONNECT_MILLIS = 2_000;

    /** A bridge that is busy starting may take a while to answer. */
    private static final long ANSWER_MILLIS = 10_000;

    /** A bridge that takes or acknowledges nothing for so long is given up, and tried anew. */
    private static final long STALL_MILLIS = 60_000;

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

    private static final byte[] HELLO = ascii("{\"SparkObsHello\":");
    private static final byte[] TOKEN = nextKey("token");
    private static final byte[] SESSION = nextKey("session");
    private static final byte[] INSTANCE = nextKey("instance");
    private static final byte[] FIRST_SEQ = nextKey("firstSeq");
    private static final byte[] APP_NAME = nextKey("appName");
    private static final byte[] APP_ID = nextKey("appId");
    private static final byte[] SPARK_VERSION = nextKey("sparkVersion");
    private static final byte[] SHIM_VERSION = nextKey("shimVersion");
    private static final byte[] END_OF_LINE = ascii("}\n");

    private enum State { CONNECTING, CONNECTED, UNREACHABLE, STOPPED }

    private final Endpoint endpoint;
    private final Session session;
    private final Outbox outbox;
    private final Ledger ledger;
    private final Runnable stopped;
    private final Backoff backoff = new Backoff();
    private final JsonWriter lines = new JsonWriter();
    private final JsonWriter heartbeat = new JsonWriter();

    private volatile State state = State.CONNECTING;
    private volatile boolean heartbeatWanted;
    private volatile boolean draining;

    /** When the application ended, by {@link System#nanoTime}; 0 while it runs. */
    private volatile long ended;

    /** When a line was last sent, by the same clock. */
    private long lastSent = System.nanoTime();

    /** @param stopped is told when nothing is sent any more */
    BridgeClient(Endpoint endpoint, Session session, Outbox outbox, Ledger ledger, Runnable stopped) {
        this.endpoint = endpoint;
        this.session = session;
        this.outbox = outbox;
        this.ledger = ledger;
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
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        heartbeatWanted = true;
        draining = true;
        outbox.wake();
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

    /** Whether the last try, if there was one, found a bridge. */
    boolean canReach() {
        return state == State.CONNECTING || state == State.CONNECTED;
    }

    @Override
    public void run() {
        try {
            while (state != State.STOPPED && !isOver()) {
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
            outbox.close();
            stopped.run();
        }
    }

    private void unreachable(String why) {
        if (state != State.STOPPED) {
            state = State.UNREACHABLE;
            Log.warnOnce("unreachable", "SparkObs: no bridge at " + endpoint + " (" + why + "); trying on, events are kept"
                    + " in memory meanwhile, and dropped (and counted) when it is full. The application is not affected.");
        }
    }

    private void greet(Connection connection) throws IOException {
        lines.clear();
        lines.number(HELLO, PROTOCOL);
        lines.string(TOKEN, session.token);
        lines.string(SESSION, session.id);
        lines.string(INSTANCE, session.instance);
        lines.number(FIRST_SEQ, outbox.firstNumber());
        lines.string(APP_NAME, session.appName);
        lines.string(APP_ID, session.appId);
        lines.string(SPARK_VERSION, session.sparkVersion);
        lines.string(SHIM_VERSION, session.shimVersion);
        lines.raw(END_OF_LINE);
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
        state = State.CONNECTED;
    }

    private void refused(String error) throws IOException {
        if (Answer.isFinal(error)) {
            state = State.STOPPED;
            Log.warnOnce("refused", "SparkObs: the bridge at " + endpoint + " refused this application (" + error
                    + "); nothing is sent in this run. The application is not affected.");
        }
        throw new IOException("refused: " + error);
    }

    private void send(Connection connection) throws IOException, InterruptedException {
        long nextHeartbeat = System.nanoTime();
        long lastProgress = nextHeartbeat;
        while (!isOver()) {
            long now = System.nanoTime();
            if (heartbeatWanted || now - nextHeartbeat >= 0) {
                ledger.writeHeartbeat(heartbeat);
                outbox.offer(Rank.OWN, heartbeat);
                heartbeatWanted = false;
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

    /** After the end: when nothing has come to be sent for a while, or the bridge stays away. */
    private boolean isOver() {
        long end = ended;
        if (end == 0) {
            return false;
        }
        long now = System.nanoTime();
        long quiet = Math.min(now - end, now - lastSent);
        return outbox.isEmpty() && quiet > TimeUnit.MILLISECONDS.toNanos(LINGER_MILLIS)
                || state != State.CONNECTED && now - end > TimeUnit.MILLISECONDS.toNanos(LONGEST_LINGER_MILLIS);
    }
}
