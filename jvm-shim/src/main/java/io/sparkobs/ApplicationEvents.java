package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.key;
import static io.sparkobs.JsonWriter.nextKey;

import java.lang.invoke.MethodHandle;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerApplicationStart;
import org.apache.spark.scheduler.SparkListenerEnvironmentUpdate;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import scala.Option;
import scala.Tuple2;
import scala.collection.Iterable;
import scala.collection.Iterator;

/** The application, its configuration and its executors. */
final class ApplicationEvents {
    private static final byte[] SPARK_VERSION = nextKey("Spark Version");
    private static final byte[] SPARK_PROPERTIES = ascii(",\"Spark Properties\":{");
    private static final byte[] APP_NAME = nextKey("App Name");
    private static final byte[] APP_ID = nextKey("App ID");
    private static final byte[] APP_ATTEMPT_ID = nextKey("App Attempt ID");
    private static final byte[] TIMESTAMP = nextKey("Timestamp");
    private static final byte[] USER = nextKey("User");
    private static final byte[] EXIT_CODE = nextKey("ExitCode");
    private static final byte[] EXECUTOR_ID = nextKey("Executor ID");
    private static final byte[] EXECUTOR_INFO = ascii(",\"Executor Info\":{");
    private static final byte[] HOST = key("Host");
    private static final byte[] CORES = nextKey("Total Cores");
    private static final byte[] REMOVED_REASON = nextKey("Removed Reason");

    /** A map of sequences, whose types are others in each Scala. */
    private static final MethodHandle DETAILS = Handles.object(SparkListenerEnvironmentUpdate.class, "environmentDetails");

    /** Since Spark 4.0. */
    private static final MethodHandle GET_EXIT_CODE = Handles.object(SparkListenerApplicationEnd.class, "exitCode");

    private final JsonWriter out;
    private final Texts texts;

    ApplicationEvents(JsonWriter out, Texts texts) {
        this.out = out;
        this.texts = texts;
    }

    /** Spark writes this one into event logs, but never posts it. */
    void logStart(String sparkVersion) {
        out.string(SPARK_VERSION, sparkVersion);
    }

    void environment(SparkListenerEnvironmentUpdate event) throws Throwable {
        out.raw(SPARK_PROPERTIES);
        int start = out.length;
        Iterator<?> groups = ((Iterable<?>) (Object) DETAILS.invokeExact((Object) event)).iterator();
        while (groups.hasNext()) {
            Tuple2<?, ?> group = (Tuple2<?, ?>) groups.next();
            if ("Spark Properties".equals(group._1())) {
                properties((Iterable<?>) group._2(), start);
            }
        }
        out.raw('}');
    }

    private void properties(Iterable<?> properties, int start) {
        Iterator<?> items = properties.iterator();
        while (items.hasNext()) {
            Tuple2<?, ?> property = (Tuple2<?, ?>) items.next();
            String name = (String) property._1();
            String value = (String) property._2();
            if (!isUsed(name) || value == null) {
                continue;
            }
            if (out.length > start) {
                out.raw(',');
            }
            // Patterns of redaction go as they are: the reader must use the same.
            boolean pattern = name.contains(".redaction.");
            out.string(name).raw(':').string(pattern ? value : texts.clean(value, Limits.MESSAGE));
        }
    }

    private static boolean isUsed(String name) {
        return name.equals("spark.app.id") || name.equals("spark.app.name") || name.equals("spark.master")
                || name.equals("spark.submit.deployMode") || name.startsWith("spark.sparkobs.")
                || name.startsWith("spark.redaction.") || name.startsWith("spark.sql.redaction.");
    }

    void start(SparkListenerApplicationStart event) {
        texts.write(APP_NAME, event.appName(), Limits.NAME);
        identity(APP_ID, event.appId());
        identity(APP_ATTEMPT_ID, event.appAttemptId());
        out.number(TIMESTAMP, event.time());
        texts.identity(USER, event.sparkUser(), Limits.NAME);
    }

    private void identity(byte[] key, Option<String> id) {
        if (id.isDefined()) {
            texts.identity(key, id.get(), Limits.NAME);
        }
    }

    void end(SparkListenerApplicationEnd event) throws Throwable {
        out.number(TIMESTAMP, event.time());
        Option<?> exitCode = (Option<?>) (Object) GET_EXIT_CODE.invokeExact((Object) event);
        if (exitCode != null && exitCode.isDefined()) {
            out.number(EXIT_CODE, ((Number) exitCode.get()).longValue());
        }
    }

    void executorAdded(SparkListenerExecutorAdded event) {
        out.number(TIMESTAMP, event.time());
        out.string(EXECUTOR_ID, event.executorId());
        out.raw(EXECUTOR_INFO);
        out.string(HOST, event.executorInfo().executorHost());
        out.number(CORES, event.executorInfo().totalCores());
        out.raw('}');
    }

    void executorRemoved(SparkListenerExecutorRemoved event) {
        out.number(TIMESTAMP, event.time());
        out.string(EXECUTOR_ID, event.executorId());
        texts.write(REMOVED_REASON, event.reason(), Limits.MESSAGE);
    }
}
