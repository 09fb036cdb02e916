package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.nextKey;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Metric;
import com.codahale.metrics.MetricRegistry;
import java.util.concurrent.atomic.AtomicLong;
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
    private static final byte[] TASK = ascii("{\"task\":");
    private static final byte[] DETAIL = nextKey("detail");
    private static final byte[] STRUCTURE = nextKey("structure");
    private static final byte[] END = ascii("}");

    private final Outbox outbox;
    private final AtomicLong ignored = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    /** Null where the bus cannot be seen: a listener without the plugin has no SparkContext. */
    private volatile LiveListenerBus bus;

    /** The prefix of its queue's metrics; written before the bus is. */
    private String queue;

    Ledger(Outbox outbox) {
        this.outbox = outbox;
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

    void writeHeartbeat(JsonWriter out) {
        out.clear();
        out.number(HEARTBEAT, System.currentTimeMillis());
        writeBus(out);
        out.number(IGNORED, ignored.get());
        out.number(FAILED, failed.get());
        out.raw(DROPPED);
        out.number(TASK, outbox.dropped(Rank.TASK));
        out.number(DETAIL, outbox.dropped(Rank.DETAIL));
        out.number(STRUCTURE, outbox.dropped(Rank.STRUCTURE)).raw(END);
        out.number(IN_MEMORY, outbox.held(Rank.TASK) + outbox.held(Rank.DETAIL) + outbox.held(Rank.STRUCTURE));
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
            out.number(POSTED, watched.metrics().numEventsPosted().getCount());
            Metric dropped = metrics.getMetrics().get(queue + "numDroppedEvents");
            if (dropped instanceof Counter) {
                out.number(BUS_DROPPED, ((Counter) dropped).getCount());
            }
            Metric size = metrics.getMetrics().get(queue + "size");
            if (size instanceof Gauge) {
                out.number(BUS_QUEUED, ((Number) ((Gauge<?>) size).getValue()).longValue());
            }
        } catch (Exception | LinkageError unknownBus) {
            out.length = start;
            bus = null;
            Log.failure("reading the listener bus's counters", unknownBus);
        }
    }
}
