package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Microsoft.Spark calls, on a real Spark: the properties that jobs start with. */
class CallerScopeTest {
    private static final String OUTER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    private static final String INNER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-01";
    private static final String SEED = "0123456789abcdef0123456789abcdef";
    private static final String[] KEYS = {"traceparent", "spark.job.tags", "sql.streaming.queryId", "spark.jobGroup.id", "streaming.sql.batchId",
        "spark.job.description"};

    @TempDir
    Path folder;

    private final ConcurrentLinkedQueue<Map<String, String>> jobs = new ConcurrentLinkedQueue<>();
    private SparkSession spark;

    @BeforeEach
    void start() {
        spark = SparkSession.builder().master("local[2]").appName("scopes")
                .config("spark.ui.enabled", "false")
                .config(ShimConf.ID, SEED)
                .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
                .getOrCreate();
        spark.sparkContext().addSparkListener(new SparkListener() {
            @Override
            public void onJobStart(SparkListenerJobStart start) {
                Map<String, String> seen = new TreeMap<>();
                for (String key : KEYS) {
                    if (start.properties().getProperty(key) != null) {
                        seen.put(key, start.properties().getProperty(key));
                    }
                }
                jobs.add(seen);
            }
        });
    }

    @AfterEach
    void stop() {
        spark.stop();
    }

    @Test
    void jobs_carry_the_callers_span_as_property_and_tag() throws Exception {
        spark.sparkContext().addJobTag("nightly");
        long outer = CallerScope.enter(spark, OUTER);
        job();
        long inner = CallerScope.enter(spark.sparkContext(), INNER);
        job();
        ThreadScope.leave(inner);
        job();
        ThreadScope.leave(outer);
        job();
        assertEquals(0, CallerScope.enter(spark, "nonsense"));
        spark.sparkContext().listenerBus().waitUntilEmpty();

        Map<String, String> plain = Collections.singletonMap("spark.job.tags", "nightly");
        assertEquals(Arrays.asList(caller(OUTER), caller(INNER), caller(OUTER), plain), new ArrayList<>(jobs));
    }

    /** As Microsoft.Spark does it: the stream's thread waits for a delegate on another one. */
    @Test
    void jobs_of_a_foreach_batch_on_another_thread_carry_the_batch() throws Exception {
        ExecutorService dotnet = Executors.newSingleThreadExecutor();
        // Started here, or it would inherit what the stream's thread has.
        dotnet.submit(() -> { }).get();
        ConcurrentLinkedQueue<String> spans = new ConcurrentLinkedQueue<>();
        StreamingQuery query = spark.readStream().format("rate").option("rowsPerSecond", 10).load().writeStream()
                .queryName("counts")
                .trigger(Trigger.Once())
                .option("checkpointLocation", folder.resolve("checkpoint").toString())
                .foreachBatch((batch, id) -> {
                    try {
                        dotnet.submit(() -> {
                            String entered = BatchScope.enter(batch, id);
                            batch.count();
                            ThreadScope.leave(Long.parseLong(entered.split(" ")[0]));
                            spans.add(entered.split(" ")[1]);
                            job();
                        }).get();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                })
                .start();
        query.processAllAvailable();
        query.stop();
        dotnet.shutdown();
        spark.sparkContext().listenerBus().waitUntilEmpty();

        String key = query.id() + "." + query.runId() + ".0";
        SpanIds ids = new SpanIds(SEED);
        assertEquals(Arrays.asList("00-" + ids.ownTrace("batch", key) + "-" + ids.span("batch", key) + "-01"), new ArrayList<>(spans));
        Map<String, String> expected = new TreeMap<>();
        expected.put("sql.streaming.queryId", query.id().toString());
        expected.put("spark.jobGroup.id", query.runId().toString());
        expected.put("streaming.sql.batchId", "0");
        expected.put("spark.job.description", "counts\nid = " + query.id() + "\nrunId = " + query.runId() + "\nbatch = 0");
        Map<Map<String, String>, Integer> seen = new LinkedHashMap<>();
        jobs.forEach(job -> seen.merge(job, 1, Integer::sum));
        assertEquals(1, seen.remove(Collections.emptyMap()));
        assertEquals(Collections.singleton(expected), seen.keySet());
    }

    private void job() {
        JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(Arrays.asList(1, 2), 1).count();
    }

    private static Map<String, String> caller(String traceparent) {
        Map<String, String> expected = new TreeMap<>();
        expected.put("traceparent", traceparent);
        expected.put("spark.job.tags", "nightly,traceparent=" + traceparent);
        return expected;
    }
}
