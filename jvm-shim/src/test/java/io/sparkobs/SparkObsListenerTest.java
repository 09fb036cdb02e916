package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.Success$;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerInterface;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.junit.jupiter.api.Test;

/** Whatever goes wrong inside, nothing is thrown: Spark would stop the application for it. */
class SparkObsListenerTest {
    private static Driver driver() {
        return Driver.start(new SparkConf(false).set("spark.sparkobs.endpoint", "127.0.0.1:1").set("spark.sparkobs.shutdown.timeout", "0")
                .set("spark.sparkobs.spool.bytes", "0"));
    }

    private static List<Method> callbacks() {
        List<Method> callbacks = new ArrayList<>();
        for (Method method : SparkListenerInterface.class.getMethods()) {
            callbacks.add(method);
        }
        return callbacks;
    }

    @Test
    void No_callback_throws_when_all_inside_does() throws Exception {
        Driver driver = driver();
        SparkObsListener listener = new SparkObsListener(driver);
        for (Method callback : callbacks()) {
            callback.invoke(listener, (Object) null);
        }
        // 16 encode and fail; the others have nothing to do.
        assertEquals(16, driver.ledger.failures());
        assertEquals(35, callbacks().size());
    }

    @Test
    void Every_callback_is_overridden_so_that_each_event_is_counted() throws Exception {
        for (Method callback : callbacks()) {
            Method ours = SparkObsListener.class.getMethod(callback.getName(), callback.getParameterTypes());
            assertEquals(SparkObsListener.class, ours.getDeclaringClass(), callback.getName());
        }
    }

    @Test
    void A_listener_that_could_not_start_does_nothing() throws Exception {
        SparkObsListener listener = new SparkObsListener((SparkConf) null);
        for (Method callback : callbacks()) {
            callback.invoke(listener, (Object) null);
        }
    }

    @Test
    void Linkage_errors_and_exhaustion_do_not_leave() {
        Driver driver = driver();
        SparkObsListener listener = new SparkObsListener(driver);
        for (Error error : new Error[] {new NoSuchMethodError(), new OutOfMemoryError(), new StackOverflowError(), new ThreadDeath()}) {
            listener.onTaskEnd(new SparkListenerTaskEnd(0, 0, "ResultTask", Success$.MODULE$, task(), new ExecutorMetrics(),
                    TaskMetrics.empty()) {
                @Override
                public TaskInfo taskInfo() {
                    throw error;
                }
            });
        }
        assertEquals(4, driver.ledger.failures());
        long held = driver.outbox.held(Rank.TASK);
        listener.onTaskEnd(new SparkListenerTaskEnd(0, 0, "ResultTask", Success$.MODULE$, task(), new ExecutorMetrics(), null));
        assertEquals(held + 1, driver.outbox.held(Rank.TASK));
    }

    private static TaskInfo task() {
        return new TaskInfo(1, 1, 0, 1, 1L, "1", "host", TaskLocality.ANY(), false);
    }

    @Test
    void Events_of_others_are_ignored_and_counted() throws Exception {
        Driver driver = driver();
        SparkObsListener listener = new SparkObsListener(driver);
        listener.onOtherEvent(new SparkListenerEvent() {});
        assertTrue(driver.ledger.beat());
        JsonWriter lines = new JsonWriter();
        driver.outbox.take(lines, Integer.MAX_VALUE, 0);
        assertTrue(lines.toString().contains("\"Event\":\"SparkObsHeartbeat\""), lines.toString());
        assertTrue(lines.toString().contains("\"Ignored\":1,\"Failed\":0"), lines.toString());
    }

    @Test
    void No_method_of_the_plugin_throws() {
        SparkObsPlugin plugin = new SparkObsPlugin();
        DriverPlugin onDriver = plugin.driverPlugin();
        assertEquals(Collections.emptyMap(), onDriver.init(null, null));
        onDriver.registerMetrics("app", null);
        onDriver.shutdown();

        ExecutorPlugin onExecutor = plugin.executorPlugin();
        onExecutor.init(null, null);
        onExecutor.onTaskStart();
        onExecutor.onTaskSucceeded();
        onExecutor.onTaskFailed(null);
        onExecutor.shutdown();
    }

    @Test
    void One_conf_starts_once() {
        SparkConf conf = new SparkConf(false).set("spark.sparkobs.endpoint", "127.0.0.1:1").set("spark.sparkobs.spool.bytes", "0");
        assertTrue(Driver.start(conf) != null);
        assertTrue(Driver.start(conf) == null);
    }
}
