package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkobs.calls.Call;
import io.sparkobs.calls.CallKind;
import io.sparkobs.calls.Calls;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** Calls that tasks and the driver make, on a real Spark. */
class CallsOnSparkTest {
    private static void call(String name) {
        Call call = Calls.begin(CallKind.S3, name);
        call.set("aws.s3.bucket", "lake");
        call.end();
    }

    private static String fail() {
        call("S3.InFailingTask");
        throw new IllegalStateException("no");
    }

    @Test
    void Each_call_is_under_the_task_that_made_it() throws Exception {
        List<String> spans;
        String seed;
        try (FakeBridge bridge = new FakeBridge(FakeBridge.GOOD)) {
            SparkSession spark = SparkSession.builder().master("local[2]").appName("calls")
                    .config("spark.plugins", "io.sparkobs.SparkObsPlugin")
                    .config("spark.sparkobs.endpoint", bridge.endpoint().toString())
                    .config("spark.ui.enabled", "false")
                    .getOrCreate();
            try {
                JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
                seed = spark.sparkContext().getConf().get("spark.sparkobs.id");
                spans = context.parallelize(Arrays.asList(1, 2, 3, 4), 4).map(i -> {
                    call("S3.InTask" + TaskContext.get().taskAttemptId());
                    return MDC.get("task") + ' ' + MDC.get("span_id") + ' ' + MDC.get("stage");
                }).collect();
                try {
                    context.parallelize(Arrays.asList(1), 1).map(i -> fail()).collect();
                } catch (Exception expected) {
                    // Task 4.
                }
                call("S3.OnDriver");
                context.setLocalProperty("spark.sql.execution.id", "17");
                call("S3.InExecution");
                context.setLocalProperty("spark.sql.execution.id", null);
            } finally {
                spark.stop();
            }
            SpanIds ids = new SpanIds(seed);
            TreeSet<String> expected = new TreeSet<>();
            for (String task : new String[] {"0", "1", "2", "3"}) {
                expected.add(task + ' ' + ids.span("task", task) + " 0.0");
            }
            assertEquals(expected, new TreeSet<>(spans));
            assertEquals("{S3.InExecution=null 17, S3.InFailingTask=4 null, S3.InTask0=0 null, S3.InTask1=1 null, S3.InTask2=2 null, "
                    + "S3.InTask3=3 null, S3.OnDriver=null null}", places(bridge).toString());
        }
        assertNull(Calls.begin(CallKind.S3, "after the end"));
    }

    private static TreeMap<String, String> places(FakeBridge bridge) throws Exception {
        TreeMap<String, String> places = new TreeMap<>();
        for (String line : bridge.lines) {
            if (line.contains("\"Event\":\"SparkObsCalls\"")) {
                JsonNode calls = new ObjectMapper().readTree(line);
                assertEquals("driver", calls.get("Executor ID").asText());
                for (JsonNode call : calls.get("Calls")) {
                    places.put(call.get("Name").asText(), calls.get("Task ID") + " " + calls.get("SQL Execution ID"));
                }
            }
        }
        return places;
    }
}
