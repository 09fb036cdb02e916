package io.sparkobs.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkobs.Redaction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is kept of calls, and the lines that it leaves as. */
class RecorderTest {
    private final Lines lines = new Lines();
    private final Recorder recorder = Lines.onExecutor(lines);

    private void call(CallGroup task, String name, long nanos) {
        call(task, name, nanos, null);
    }

    private void call(CallGroup task, String name, long nanos, String error) {
        Call call = new Call(recorder, CallKind.S3, name);
        call.task = task;
        call.unowned = task == null;
        if (error != null) {
            call.fail(error, "it said no");
        }
        call.end(nanos);
    }

    @Test
    void A_tasks_calls_leave_at_its_end() {
        CallGroup task = recorder.taskStarted(12, 3, 1);
        Call call = new Call(recorder, CallKind.S3, "S3.GetObject");
        call.task = task;
        call.set("aws.s3.bucket", "lake");
        call.set("aws.s3.key", "a \"b\"/é");
        call.set("aws.s3.prefix", null);
        call.set("http.response.status_code", 404);
        call.set("http.response.status_code", 503);
        call.fail("SlowDown", "Please reduce your request rate, password=hunter2.");
        call.end(1_234_567);
        recorder.taskEnded(task);
        assertEquals(Arrays.asList("{\"Event\":\"SparkObsCalls\",\"Executor ID\":\"7\",\"Task ID\":12,\"Stage ID\":3,\"Stage Attempt ID\":1,"
                + "\"Calls\":[{\"Seq\":1,\"Name\":\"S3.GetObject\",\"Start\":0,\"Duration\":1234567,\"Error\":\"SlowDown\","
                + "\"Message\":\"Please reduce your request rate, password=*********(redacted)\","
                + "\"Attributes\":{\"sparkobs.call.kind\":\"s3\",\"aws.s3.bucket\":\"lake\",\"aws.s3.key\":\"a \\\"b\\\"/é\","
                + "\"http.response.status_code\":503}}],\"Aggregates\":[],\"Final\":true}"), lines.take());
    }

    @Test
    void A_task_without_calls_sends_nothing() {
        recorder.taskEnded(recorder.taskStarted(1, 0, 0));
        assertEquals(Collections.emptyList(), lines.take());
    }

    @Test
    void Beyond_a_hundred_the_failed_and_the_slowest_have_spans_and_the_rest_is_counted() throws Exception {
        CallGroup task = recorder.taskStarted(1, 0, 0);
        for (int i = 1; i <= 250; i++) {
            call(task, i % 2 == 0 ? "S3.GetObject" : "S3.HeadObject", i * 1_000, i <= 3 ? "Boom" : null);
        }
        assertEquals(Collections.emptyList(), lines.take());
        recorder.taskEnded(task);
        JsonNode line = new ObjectMapper().readTree(lines.all.get(0));
        List<Long> durations = new ArrayList<>();
        line.get("Calls").forEach(call -> durations.add(call.get("Duration").asLong()));
        List<Long> expected = new ArrayList<>(Arrays.asList(1_000L, 2_000L, 3_000L));
        for (long i = 154; i <= 250; i++) {
            expected.add(i * 1_000);
        }
        Collections.sort(durations);
        assertEquals(expected, durations);
        // 5, 7, … 153 and 4, 6, … 152 µs.
        assertEquals("HeadObject 75 0 5925000 153000, GetObject 75 0 5850000 152000", summary(line));
        assertEquals(1, lines.all.size());
        assertTrue(line.get("Final").asBoolean());
        assertNull(line.get("Calls Omitted"));
        assertEquals(102, line.get("Aggregates").get(1).get("Seq").asLong());
    }

    private static String summary(JsonNode line) {
        List<String> all = new ArrayList<>();
        for (JsonNode a : line.get("Aggregates")) {
            all.add(a.get("Name").asText().substring(3) + ' ' + a.get("Count") + ' ' + a.get("Failed") + ' ' + a.get("Total") + ' '
                    + a.get("Max"));
        }
        Collections.sort(all, Collections.reverseOrder());
        return String.join(", ", all);
    }

    @Test
    void Aggregates_sum_bytes_and_keep_what_all_agree_on() {
        Recorder slowOnly = Lines.onExecutor(lines, "spark.sparkobs.calls.threshold", "1ms");
        CallGroup task = slowOnly.taskStarted(1, 0, 0);
        for (int i = 1; i <= 3; i++) {
            Call call = new Call(slowOnly, CallKind.S3, "S3.GetObject");
            call.task = task;
            call.set("aws.s3.bucket", "lake");
            call.set("aws.s3.key", "k" + i);
            call.set("http.response.body.size", 100 * i);
            call.set("http.response.status_code", 206);
            if (i > 1) {
                call.set("sparkobs.timing", "headers");
            }
            call.end(i * 1_000);
        }
        slowOnly.taskEnded(task);
        assertEquals(Arrays.asList("{\"Event\":\"SparkObsCalls\",\"Executor ID\":\"7\",\"Task ID\":1,\"Stage ID\":0,\"Stage Attempt ID\":0,"
                + "\"Calls\":[],\"Aggregates\":[{\"Seq\":1,\"Name\":\"S3.GetObject\",\"Start\":0,\"End\":0,\"Count\":3,\"Failed\":0,"
                + "\"Total\":6000,\"Max\":3000,\"Attributes\":{\"sparkobs.call.kind\":\"s3\",\"aws.s3.bucket\":\"lake\","
                + "\"http.response.body.size\":600,\"http.response.status_code\":206}}],\"Final\":true}"), lines.take());
    }

    @Test
    void Bytes_can_be_added_without_a_call() {
        CallGroup task = recorder.taskStarted(1, 0, 0);
        task.add(CallKind.FS, "hdfs", "sparkobs.call.bytes_read", 5);
        task.add(CallKind.FS, "hdfs", "sparkobs.call.bytes_read", 6);
        recorder.taskEnded(task);
        assertEquals(Arrays.asList("{\"Event\":\"SparkObsCalls\",\"Executor ID\":\"7\",\"Task ID\":1,\"Stage ID\":0,\"Stage Attempt ID\":0,"
                + "\"Calls\":[],\"Aggregates\":[{\"Seq\":1,\"Name\":\"hdfs\",\"Start\":0,\"End\":0,\"Count\":0,\"Failed\":0,\"Total\":0,"
                + "\"Max\":0,\"Attributes\":{\"sparkobs.call.kind\":\"fs\",\"sparkobs.call.bytes_read\":11}}],\"Final\":true}"), lines.take());
    }

    @Test
    void Names_beyond_a_hundred_are_counted_as_omitted() throws Exception {
        Recorder slowOnly = Lines.onExecutor(lines, "spark.sparkobs.calls.threshold", "1s");
        CallGroup task = slowOnly.taskStarted(1, 0, 0);
        for (int i = 0; i < 130; i++) {
            Call call = new Call(slowOnly, CallKind.JDBC, "SELECT t" + i);
            call.task = task;
            call.end(1);
        }
        slowOnly.taskEnded(task);
        JsonNode line = new ObjectMapper().readTree(lines.all.get(0));
        assertEquals(100, line.get("Aggregates").size());
        assertEquals(30, line.get("Calls Omitted").asLong());
    }

    @Test
    void Failed_and_slow_calls_leave_before_the_end_up_to_half_of_all_and_the_last_line_says_so() throws Exception {
        CallGroup task = recorder.taskStarted(1, 0, 0);
        for (int i = 0; i < 60; i++) {
            call(task, "S3.GetObject", 2_000_000_000L + i);
        }
        call(task, "S3.GetObject", 5, "Boom");
        call(task, "S3.GetObject", 5);
        recorder.flush();
        recorder.flush();
        recorder.taskEnded(task);
        assertEquals(2, lines.all.size());
        JsonNode early = new ObjectMapper().readTree(lines.all.get(0));
        JsonNode last = new ObjectMapper().readTree(lines.all.get(1));
        assertEquals(50, early.get("Calls").size());
        assertNull(early.get("Final"));
        assertEquals(12, last.get("Calls").size());
        assertEquals(51, last.get("Calls").get(0).get("Seq").asLong());
        assertTrue(last.get("Final").asBoolean());
    }

    @Test
    void A_task_whose_calls_have_all_left_is_still_closed() {
        CallGroup task = recorder.taskStarted(1, 0, 0);
        call(task, "S3.GetObject", 2_000_000_000L);
        recorder.flush();
        lines.take();
        recorder.taskEnded(task);
        assertEquals(Arrays.asList("{\"Event\":\"SparkObsCalls\",\"Executor ID\":\"7\",\"Task ID\":1,\"Stage ID\":0,\"Stage Attempt ID\":0,"
                + "\"Calls\":[],\"Aggregates\":[],\"Final\":true}"), lines.take());
    }

    @Test
    void A_call_that_ends_after_its_task_is_the_executors() {
        CallGroup task = recorder.taskStarted(1, 0, 0);
        Call call = new Call(recorder, CallKind.S3, "S3.PutObject");
        call.task = task;
        recorder.taskEnded(task);
        call.end(7);
        recorder.flush();
        assertEquals(Arrays.asList("{\"Event\":\"SparkObsCalls\",\"Executor ID\":\"7\",\"Calls\":[{\"Seq\":1,\"Name\":\"S3.PutObject\","
                + "\"Start\":0,\"Duration\":7,\"Attribution\":\"executor\",\"Attributes\":{\"sparkobs.call.kind\":\"s3\"}}],"
                + "\"Aggregates\":[]}"), lines.take());
    }

    @Test
    void Calls_of_the_driver_are_its_SQL_executions_or_nobodys() {
        String[] execution = {"41"};
        Recorder driver = new Recorder(new CallsConf(Lines.conf()), "driver", new Redaction(key -> null), lines,
                key -> key.equals("spark.sql.execution.id") ? execution[0] : null);
        driver.begin(CallKind.S3, "S3.HeadObject").end(1);
        execution[0] = null;
        driver.begin(CallKind.AWS, "Glue.GetTable").end(2);
        driver.flush();
        assertEquals(Arrays.asList(
                "{\"Event\":\"SparkObsCalls\",\"Executor ID\":\"driver\",\"SQL Execution ID\":41,\"Calls\":[{\"Seq\":1,"
                        + "\"Name\":\"S3.HeadObject\",\"Start\":0,\"Duration\":1,\"Attributes\":{\"sparkobs.call.kind\":\"s3\"}}],\"Aggregates\":[]}",
                "{\"Event\":\"SparkObsCalls\",\"Executor ID\":\"driver\",\"Calls\":[{\"Seq\":2,\"Name\":\"Glue.GetTable\",\"Start\":0,"
                        + "\"Duration\":2,\"Attributes\":{\"sparkobs.call.kind\":\"aws\"}}],\"Aggregates\":[]}"), lines.take());
    }

    @Test
    void Long_texts_are_cut_and_many_make_several_lines() throws Exception {
        CallGroup task = recorder.taskStarted(1, 0, 0);
        char[] text = new char[100_000];
        Arrays.fill(text, 'x');
        for (int i = 0; i < 30; i++) {
            Call call = new Call(recorder, CallKind.JDBC, "SELECT t");
            call.task = task;
            call.set("db.query.text", new String(text));
            call.set("db.collection.name", new String(text));
            call.fail("Boom", new String(text));
            call.end(i);
        }
        recorder.taskEnded(task);
        assertEquals(8, lines.all.size());
        long sequence = 0;
        for (int i = 0; i < lines.all.size(); i++) {
            assertTrue(lines.all.get(i).length() < 256 * 1024);
            JsonNode line = new ObjectMapper().readTree(lines.all.get(i));
            assertEquals(i == 7, line.has("Final"));
            for (JsonNode call : line.get("Calls")) {
                assertEquals(++sequence, call.get("Seq").asLong());
                assertEquals(16 * 1024 - 2, call.get("Attributes").get("db.query.text").asText().length());
                assertEquals(2 * 1024 - 2, call.get("Attributes").get("db.collection.name").asText().length());
            }
        }
        assertEquals(30, sequence);
    }

    @Test
    void Lines_without_room_are_told_by_the_next() {
        CallGroup task = recorder.taskStarted(1, 0, 0);
        call(task, "S3.GetObject", 1);
        call(task, "S3.GetObject", 2);
        lines.full = true;
        recorder.taskEnded(task);
        lines.full = false;
        call(null, "S3.GetObject", 3);
        recorder.flush();
        assertEquals(Arrays.asList("{\"Event\":\"SparkObsCalls\",\"Executor ID\":\"7\",\"Calls\":[{\"Seq\":1,\"Name\":\"S3.GetObject\","
                + "\"Start\":0,\"Duration\":3,\"Attribution\":\"executor\",\"Attributes\":{\"sparkobs.call.kind\":\"s3\"}}],"
                + "\"Aggregates\":[],\"Calls Omitted\":2}"), lines.take());
    }

    @Test
    void Attributes_beyond_the_bound_are_left_out() {
        Call call = new Call(recorder, CallKind.JDBC, "x");
        for (int i = 0; i < 40; i++) {
            call.set("k" + i, i);
        }
        assertEquals(24, call.size);
    }
}
