package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Tuple2;

/** One application with the plugin on a real Spark, next to Spark's own event log of it. */
class RealSparkTest {
    private static final String CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @TempDir
    static Path folder;

    private static FakeBridge bridge;
    private static Map<String, String> conf;
    private static String propertyOfTask;
    private static final List<JsonNode> OURS = new ArrayList<>();
    private static final List<JsonNode> LOGGED = new ArrayList<>();
    private static final List<String> LINES = new ArrayList<>();

    @BeforeAll
    static void run() throws Exception {
        bridge = new FakeBridge(FakeBridge.GOOD);
        SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .appName("real \"é\" Spark")
                .config("spark.plugins", "io.sparkobs.SparkObsPlugin")
                .config("spark.extraListeners", "io.sparkobs.SparkObsListener")
                .config("spark.sparkobs.endpoint", bridge.endpoint().toString())
                .config("spark.sparkobs.traceparent", CALLER)
                .config("spark.sparkobs.ui.url", "http://jaeger:16686/trace/{traceId}")
                .config("spark.eventLog.enabled", "true")
                .config("spark.eventLog.dir", folder.toUri().toString())
                .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
                .config("spark.sql.shuffle.partitions", "3")
                .config("spark.sparkobs.spool.dir", folder.resolve("spool").toString())
                .config("spark.ui.enabled", "false")
                .getOrCreate();
        conf = new TreeMap<>();
        for (Tuple2<String, String> setting : spark.sparkContext().getConf().getAll()) {
            conf.put(setting._1(), setting._2());
        }
        try {
            rdds(JavaSparkContext.fromSparkContext(spark.sparkContext()));
            sql(spark);
            failures(spark);
            stream(spark);
        } finally {
            spark.stop();
        }
        read();
    }

    private static void rdds(JavaSparkContext context) {
        context.setJobGroup("group", "described", false);
        context.setLocalProperty("traceparent", CALLER);
        context.parallelize(Arrays.asList(1, 2, 3, 4, 5, 6), 3).mapToPair(i -> new Tuple2<>(i % 2, i)).reduceByKey(Integer::sum)
                .collect();
        propertyOfTask = context.parallelize(Arrays.asList(1), 1)
                .map(i -> TaskContext.get().getLocalProperty("spark.sparkobs.traceId"))
                .first();
        context.setLocalProperty("traceparent", null);
        context.clearJobGroup();
    }

    private static void sql(SparkSession spark) {
        Dataset<Row> rows = spark.range(0, 1_000, 1, 3).withColumn("k", functions.col("id").mod(10));
        Dataset<Row> sums = rows.groupBy("k").agg(functions.sum("id").as("s"));
        rows.join(sums, "k").orderBy("id").collect();
        sums.cache();
        sums.collect();
        sums.groupBy("s").count().collect();
        rows.write().saveAsTable("written");
        spark.sql("DROP TABLE written");
    }

    private static void failures(SparkSession spark) {
        assertThrows(SparkException.class, () -> JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(Arrays.asList(1, 2), 2)
                .map(RealSparkTest::failing)
                .collect());
        assertThrows(Exception.class, () -> spark.sql("SELECT raise_error('no \u2713')").collect());
    }

    private static int failing(int i) {
        throw new IllegalStateException("failed", new RuntimeException("because"));
    }

    private static void stream(SparkSession spark) throws Exception {
        StreamingQuery query = spark.readStream().format("rate").option("rowsPerSecond", 10).load()
                .withWatermark("timestamp", "1 second")
                .groupBy(functions.window(functions.col("timestamp"), "1 second"))
                .count()
                .writeStream().format("memory").queryName("counts").outputMode("complete").trigger(Trigger.ProcessingTime(0))
                .start();
        while (query.lastProgress() == null || query.lastProgress().batchId() < 1) {
            Thread.sleep(20);
        }
        query.stop();
    }

    private static void read() throws Exception {
        bridge.lines.drainTo(LINES);
        for (String line : LINES) {
            if (!line.contains("\"Event\":\"SparkObs")) {
                OURS.add(EventLog.ours(line));
            }
        }
        File log = folder.toFile().listFiles((dir, name) -> name.startsWith("local-") && !name.endsWith(".crc"))[0];
        for (String line : Files.readAllLines(log.toPath())) {
            JsonNode event = EventLog.used(line);
            if (event != null) {
                LOGGED.add(event);
            }
        }
    }

    @AfterAll
    static void close() throws Exception {
        bridge.close();
    }

    /** Queues may order the events of different threads differently, so by event, and there in order. */
    private static Map<String, List<JsonNode>> byEvent(List<JsonNode> events) {
        Map<String, List<JsonNode>> byEvent = new TreeMap<>();
        for (JsonNode event : events) {
            byEvent.computeIfAbsent(event.get("Event").asText(), name -> new ArrayList<>()).add(event);
        }
        return byEvent;
    }

    @Test
    void What_is_sent_is_what_Spark_logs_of_it() {
        Map<String, List<JsonNode>> logged = byEvent(LOGGED);
        Map<String, List<JsonNode>> ours = byEvent(OURS);
        assertEquals(logged.keySet(), ours.keySet());
        for (String event : logged.keySet()) {
            assertEquals(logged.get(event).size(), ours.get(event).size(), event);
            for (int i = 0; i < logged.get(event).size(); i++) {
                JsonNode expected = logged.get(event).get(i);
                JsonNode actual = ours.get(event).get(i);
                asOfThen(expected);
                asOfThen(actual);
                assertEquals(expected.toPrettyString(), inOrderOf(expected, actual));
            }
        }
    }

    /** The actual event if it differs, else the expected one: key order says nothing. */
    private static String inOrderOf(JsonNode expected, JsonNode actual) {
        return expected.equals(actual) ? expected.toPrettyString() : actual.toPrettyString();
    }

    /** Either listener may write a start late, with what has happened since: that is left out. */
    private static void asOfThen(JsonNode event) {
        String name = event.get("Event").asText();
        if (name.equals("SparkListenerTaskStart")) {
            ((ObjectNode) event.get("Task Info")).remove(Arrays.asList("Finish Time", "Getting Result Time", "Failed", "Killed"));
        } else if (name.equals("SparkListenerStageSubmitted")) {
            ((ObjectNode) event.get("Stage Info")).remove(Arrays.asList("Completion Time", "Failure Reason"));
        } else if (name.equals("SparkListenerJobStart")) {
            for (JsonNode stage : event.get("Stage Infos")) {
                ((ObjectNode) stage).remove(Arrays.asList("Submission Time", "Completion Time", "Failure Reason"));
            }
        }
    }

    @Test
    void All_kinds_of_events_were_seen() {
        assertEquals(Arrays.asList(
                "SparkListenerApplicationEnd",
                "SparkListenerApplicationStart",
                "SparkListenerEnvironmentUpdate",
                "SparkListenerExecutorAdded",
                "SparkListenerJobEnd",
                "SparkListenerJobStart",
                "SparkListenerLogStart",
                "SparkListenerStageCompleted",
                "SparkListenerStageSubmitted",
                "SparkListenerTaskEnd",
                "SparkListenerTaskStart",
                "org.apache.spark.sql.execution.ui.SparkListenerDriverAccumUpdates",
                "org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate",
                "org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveSQLMetricUpdates",
                "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd",
                "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart",
                "org.apache.spark.sql.streaming.StreamingQueryListener$QueryProgressEvent",
                "org.apache.spark.sql.streaming.StreamingQueryListener$QueryStartedEvent",
                "org.apache.spark.sql.streaming.StreamingQueryListener$QueryTerminatedEvent"),
                new ArrayList<>(byEvent(OURS).keySet()));
    }

    @Test
    void Lines_are_numbered_from_one_without_a_gap() {
        for (int i = 0; i < LINES.size(); i++) {
            assertTrue(LINES.get(i).startsWith("{\"SparkObsSeq\":" + (i + 1) + ",\"Event\":\""), LINES.get(i));
        }
        assertTrue(LINES.get(0).startsWith("{\"SparkObsSeq\":1,\"Event\":\"SparkListenerLogStart\",\"Spark Version\":\""));
    }

    @Test
    void The_last_heartbeat_closes_the_ledger() throws Exception {
        JsonNode last = null;
        for (String line : LINES) {
            if (line.contains("\"Event\":\"SparkObsHeartbeat\"")) {
                last = EventLog.ours(line);
            }
        }
        // LogStart is no event of the bus.
        assertEquals(last.get("Posted").asLong(), last.get("Ignored").asLong() + OURS.size() - 1, last.toString());
        assertEquals(0, last.get("Failed").asLong());
        assertEquals(0, last.get("Bus Dropped").asLong());
        assertEquals(0, last.get("Bus Queued").asLong());
    }

    @Test
    void A_run_that_was_delivered_leaves_no_spool() {
        String[] folders = folder.resolve("spool").toFile().list();
        assertTrue(folders == null || folders.length == 0, Arrays.toString(folders));
    }

    @Test
    void The_conf_has_the_ids() {
        assertTrue(Hex.isId(conf.get("spark.sparkobs.id"), 32));
        assertEquals("4bf92f3577b34da6a3ce929d0e0e4736", conf.get("spark.sparkobs.traceId"));
        assertEquals("http://jaeger:16686/trace/4bf92f3577b34da6a3ce929d0e0e4736", conf.get("spark.sparkobs.traceUrl"));
    }

    @Test
    void Tasks_of_RDD_jobs_have_the_trace_in_their_local_properties() {
        assertEquals("4bf92f3577b34da6a3ce929d0e0e4736", propertyOfTask);
    }

    @Test
    void Plugin_and_listener_together_connect_once() {
        assertEquals(1, bridge.hellos.size());
        assertFalse(bridge.hellos.peek().contains("\"error\""));
    }
}
