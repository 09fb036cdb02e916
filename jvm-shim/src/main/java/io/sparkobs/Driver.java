package io.sparkobs;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.scheduler.LiveListenerBus;
import org.apache.spark.scheduler.SparkListenerInterface;

/** Everything of one SparkContext on the driver: outbox, sender, listener, and their end. */
final class Driver {
    private static final String QUEUE = "sparkobs";
    private static final String SHARED_QUEUE = "shared";

    /** The plugin and the listener may both be configured: whichever comes first with a context's conf starts it. */
    private static final Set<SparkConf> STARTED = Collections.newSetFromMap(new WeakHashMap<>());

    private static final long STOP_POLL_MILLIS = 20;

    final Outbox outbox;
    final Ledger ledger;
    final EventJson json;

    private final ShimConf conf;
    private final Session session;
    private final BridgeClient client;

    /** How long the application's end may still wait for us, in all: the context's stop and the JVM's exit share it. */
    private final AtomicLong patience;

    private final Thread exitHook = new Thread(this::awaitExit, "sparkobs-exit");

    /** Nothing runs yet. */
    Driver(SparkConf sparkConf, String sparkVersion) {
        conf = new ShimConf(sparkConf);
        conf.setIds();
        patience = new AtomicLong(TimeUnit.MILLISECONDS.toNanos(conf.shutdownMillis()));
        outbox = new Outbox(conf.bufferBytes());
        ledger = new Ledger(outbox);
        json = new EventJson(new Redaction(conf::text));
        String token = Token.find(Token.fromEnvironment(), conf.tokenFile());
        session = new Session(token, conf.session(), sparkConf.get("spark.app.name", ""), sparkVersion);
        client = new BridgeClient(conf.endpoint(), session, outbox, ledger, this::removeExitHook);
        json.logStart(sparkVersion);
        outbox.offer(Rank.OWN, json.out);
    }

    /**
     * With the plugin: adds a listener to the context's bus.
     *
     * @return null when this context has its driver already
     */
    static Driver start(SparkConf conf, SparkContext context) throws Throwable {
        Driver driver = create(conf);
        if (driver != null) {
            driver.listen(context);
            driver.setLocalProperties(context);
            driver.begin();
        }
        return driver;
    }

    /**
     * For a listener that Spark itself adds.
     *
     * @return null when this context has its driver already
     */
    static Driver start(SparkConf conf) {
        Driver driver = create(conf);
        if (driver != null) {
            driver.begin();
        }
        return driver;
    }

    private static Driver create(SparkConf conf) {
        synchronized (STARTED) {
            return STARTED.add(conf) ? new Driver(conf, org.apache.spark.package$.MODULE$.SPARK_VERSION()) : null;
        }
    }

    private void begin() {
        Runtime.getRuntime().addShutdownHook(exitHook);
        client.start();
        String page = conf.text(ShimConf.TRACE_URL);
        Log.info("SparkObs: trace " + (page != null ? page : conf.text(ShimConf.TRACE_ID)));
    }

    /** On a queue of its own a slow listener of somebody else's does not cost us events, nor we theirs. */
    private void listen(SparkContext context) throws Throwable {
        SparkObsListener listener = new SparkObsListener(this);
        String queue = QUEUE;
        try {
            MethodHandle addToQueue = MethodHandles.publicLookup().findVirtual(LiveListenerBus.class, "addToQueue",
                    MethodType.methodType(void.class, SparkListenerInterface.class, String.class));
            addToQueue.invoke(context.listenerBus(), listener, QUEUE);
        } catch (ReflectiveOperationException hidden) {
            queue = SHARED_QUEUE;
            context.addSparkListener(listener);
        }
        ledger.watch(context, queue);
    }

    /** SQL jobs carry the conf in their local properties by themselves, RDD jobs only what is set here. */
    private void setLocalProperties(SparkContext context) {
        context.setLocalProperty(ShimConf.ID, conf.text(ShimConf.ID));
        context.setLocalProperty(ShimConf.TRACE_ID, conf.text(ShimConf.TRACE_ID));
    }

    boolean offerCalls(JsonWriter line) {
        outbox.offer(Rank.OWN, line);
        return true;
    }

    void applicationStarted(String appId) {
        session.appId = appId;
    }

    /** More events may follow, but the rest of them is for the sender alone. */
    void applicationEnded() {
        client.end();
    }

    /** At the context's stop: before the last events on Spark 4.x, after them on 3.x. */
    void shutdown() throws InterruptedException {
        client.end();
        awaitDelivery(false);
    }

    /** At the JVM's end, which ends the sender too: Spark's own hook stops a context that still runs, and the rest must leave. */
    private void awaitExit() {
        try {
            awaitDelivery(true);
        } catch (Throwable failure) {
            Log.failure("sending the last events", failure);
        }
    }

    private void awaitDelivery(boolean afterStop) throws InterruptedException {
        long start = System.nanoTime();
        long end = start + patience.get();
        try {
            while (afterStop && SparkEnv.get() != null && client.canReach() && System.nanoTime() - end < 0) {
                Thread.sleep(STOP_POLL_MILLIS);
            }
            client.drain(TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()));
        } finally {
            patience.addAndGet(start - System.nanoTime());
        }
    }

    private void removeExitHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(exitHook);
        } catch (IllegalStateException alreadyExiting) {
            // It runs.
        }
    }
}
