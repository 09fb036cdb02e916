package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.nextKey;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Metric;
import com.codahale.metrics.MetricRegistry;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.LiveListenerBus;

/** What became of Spark's events up to now, told to the bridge by a heartbeat line. */
final class Ledger {
    private static final byte[] HEARTBEAT = ascii("\"Event\":\"SparkObsHeartbeat\",\"Time\":");
    private static final byte[] POSTED = nextKey("Posted");
    private static final byte[] BUS_DROPPED = nextKey("Bus Dropped");
    private static final byte[] BUS_QUEUED = nextKey("Bus Queued");
    private static final byte[] IGNORED = nextKey("Ignored");
    private static final byte[] FAILED = nextKey("Failed");
    private static final byte[] DROPPED = nextKey("Outbox Dropped");
    private static final byte[] IN_MEMORY = nextKey("In Memory");
    private static final byte[] IN_SPOOL = nextKey("In Spool");
    private static final byte[] CALLS_DROPPED = nextKey("Calls Dropped");
    private static final byte[] MEMORY_BYTES = nextKey("Memory Bytes");
    private static final byte[] SPOOL_BYTES = nextKey("Spool Bytes");
    private static final byte[] SPOOL_ERROR = nextKey("Spool Error");
    private static final byte[] TASK = ascii("{\"task\":");
    private static final byte[] DETAIL = nextKey("detail");
    private static final byte[] STRUCTURE = nextKey("structure");
    private static final byte[] END = ascii("}");

    /** Of a message that has a path in it. */
    private static final int ERROR_BYTES = 256;

    private final Outbox outbox;
    private final Spool spool;
    private final JsonWriter line = new JsonWriter();
    private final Consumer<JsonWriter> counts = this::writeCounts;

    /** The number of the last heartbeat. */
    private volatile long lastBeat;

    private final AtomicLong ignored = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    /** Null where the bus cannot be seen: a listener without the plugin has no SparkContext. */
    private volatile LiveListenerBus bus;

    /** The prefix of its queue's metrics; written before the bus is. */
    private String queue;

    Ledger(Outbox outbox, Spool spool) {
        this.outbox = outbox;
        this.spool = spool;
    }

    void watch(SparkContext context, String queueName) {
        queue = "queue." + queueName + '.';
        bus = context.listenerBus();
    }

    /** An event that the reader has no use for. Called by one thread only, so this costs no more than a write. */
    void ignored() {
        ignored.lazySet(ignored.get() + 1);
    }

    /** An event that could not be encoded. Called by one thread only. */
    void failed() {
        failed.lazySet(failed.get() + 1);
    }

    long failures() {
        return failed.get();
    }

    /** Offers a heartbeat: what it says holds for exactly the events before it. @return whether there was room */
    synchronized boolean beat() {
        line.clear();
        line.number(HEARTBEAT, System.currentTimeMillis());
        long number = outbox.offer(Rank.OWN, line, counts);
        lastBeat = Math.max(lastBeat, number);
        return number > 0;
    }

    /** Whether no line has come since the last heartbeat. */
    boolean isToldAll() {
        return outbox.lastNumber() == lastBeat;
    }

    /**
     * While no event can be offered. What is posted is read last: what it has more than all the rest is on its way from the
     * bus to the outbox.
     */
    private void writeCounts(JsonWriter out) {
        out.number(IGNORED, ignored.get());
        out.number(FAILED, failed.get());
        writeBus(out);
        writeOutbox(out);
    }

    private void writeOutbox(JsonWriter out) {
        out.raw(DROPPED);
        out.number(TASK, outbox.dropped(Rank.TASK));
        out.number(DETAIL, outbox.dropped(Rank.DETAIL));
        out.number(STRUCTURE, outbox.dropped(Rank.STRUCTURE)).raw(END);
        out.number(IN_MEMORY, outbox.held(Rank.TASK) + outbox.held(Rank.DETAIL) + outbox.held(Rank.STRUCTURE));
        out.number(IN_SPOOL, outbox.spooled());
        out.number(CALLS_DROPPED, outbox.dropped(Rank.CALLS));
        out.number(MEMORY_BYTES, outbox.memoryBytes());
        out.number(SPOOL_BYTES, spool.bytes());
        String error = spool.error();
        if (error != null) {
            out.string(SPOOL_ERROR, Cut.text(error, ERROR_BYTES));
        }
        out.raw(END);
    }

    private void writeBus(JsonWriter out) {
        int start = out.length;
        try {
            LiveListenerBus watched = bus;
            if (watched == null) {
                return;
            }
            MetricRegistry metrics = watched.metrics().metricRegistry();
            Metric dropped = metrics.getMetrics().get(queue + "numDroppedEvents");
            if (dropped instanceof Counter) {
                out.number(BUS_DROPPED, ((Counter) dropped).getCount());
            }
            Metric size = metrics.getMetrics().get(queue + "size");
            if (size instanceof Gauge) {
                out.number(BUS_QUEUED, ((Number) ((Gauge<?>) size).getValue()).longValue());
            }
            out.number(POSTED, watched.metrics().numEventsPosted().getCount());
        } catch (Exception | LinkageError unknownBus) {
            out.length = start;
            bus = null;
            Log.failure("reading the listener bus's counters", unknownBus);
        }
    }
}
