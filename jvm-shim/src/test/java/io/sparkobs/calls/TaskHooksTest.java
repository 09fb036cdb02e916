package io.sparkobs.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.sparkobs.SpanIds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskContext$;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** A task's start and end on its thread. */
class TaskHooksTest {
    private static final String SEED = "00112233445566778899aabbccddeeff";
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private final TaskHooks hooks = TaskHooks.of(Lines.conf("spark.sparkobs.id", SEED, "spark.sparkobs.traceId", TRACE, "spark.app.id", "app-1"));

    /** Of task 0, attempt 0 of stage 0. */
    private final TaskContext task = TaskContext$.MODULE$.empty();

    private static List<String> mdc() {
        List<String> values = new ArrayList<>();
        for (String key : new String[] {"trace_id", "span_id", "spark_app", "stage", "task"}) {
            values.add(MDC.get(key));
        }
        return values;
    }

    @AfterEach
    void clear() {
        MDC.clear();
        Calls.install(null);
        TaskContext$.MODULE$.unset();
    }

    @Test
    void The_tasks_ids_are_in_the_logging_context_while_it_runs() {
        hooks.start(task);
        assertEquals(Arrays.asList(TRACE, new SpanIds(SEED).span("task", "0"), "app-1", "0.0", "0"), mdc());
        hooks.ended();
        assertEquals(Arrays.asList(null, null, null, null, null), mdc());
    }

    @Test
    void What_others_put_there_comes_back() {
        MDC.put("trace_id", "theirs");
        MDC.put("other", "stays");
        hooks.start(task);
        assertEquals(TRACE, MDC.get("trace_id"));
        hooks.ended();
        assertEquals(Arrays.asList("theirs", null, null, null, null), mdc());
        assertEquals("stays", MDC.get("other"));
    }

    @Test
    void An_end_without_a_start_changes_nothing() {
        MDC.put("trace_id", "theirs");
        hooks.ended();
        assertEquals("theirs", MDC.get("trace_id"));
    }

    @Test
    void A_caller_of_the_job_gives_the_trace() {
        String other = "5bf92f3577b34da6a3ce929d0e0e4736";
        task.getLocalProperty("x");
        TaskHooks called = TaskHooks.of(Lines.conf("spark.sparkobs.id", SEED, "spark.sparkobs.traceId", TRACE,
                "spark.sparkobs.traceparent", "00-" + other + "-00f067aa0ba902b7-01"));
        called.start(task);
        assertEquals(Arrays.asList(other, new SpanIds(SEED).span("task", "0"), null, "0.0", "0"), mdc());
        called.ended();
    }

    @Test
    void Without_ids_nothing_is_put() {
        TaskHooks none = TaskHooks.of(Lines.conf());
        none.start(task);
        assertEquals(Arrays.asList(null, null, null, null, null), mdc());
        none.ended();
    }

    @Test
    void Calls_on_the_tasks_thread_are_the_tasks() {
        Lines lines = new Lines();
        Calls.install(Lines.onExecutor(lines));
        TaskContext$.MODULE$.setTaskContext(task);
        hooks.start(task);
        Call call = Calls.begin(CallKind.S3, "S3.HeadObject");
        call.end(5);
        Calls.add(CallKind.S3, "S3.x", "sparkobs.call.bytes_read", 3);
        TaskContext$.MODULE$.unset();
        hooks.ended();
        assertEquals(Arrays.asList("{\"Event\":\"SparkObsCalls\",\"Executor ID\":\"7\",\"Task ID\":0,\"Stage ID\":0,\"Stage Attempt ID\":0,"
                + "\"Calls\":[{\"Seq\":1,\"Name\":\"S3.HeadObject\",\"Start\":0,\"Duration\":5,\"Attributes\":{\"sparkobs.call.kind\":\"s3\"}}],"
                + "\"Aggregates\":[{\"Seq\":2,\"Name\":\"S3.x\",\"Start\":0,\"End\":0,\"Count\":0,\"Failed\":0,\"Total\":0,\"Max\":0,"
                + "\"Attributes\":{\"sparkobs.call.kind\":\"s3\",\"sparkobs.call.bytes_read\":3}}],\"Final\":true}"), lines.take());
    }

    @Test
    void Kinds_that_are_off_give_no_call() {
        assertNull(Calls.begin(CallKind.S3, "x"));
        Calls.install(Lines.onExecutor(new Lines(), "spark.sparkobs.calls", "jdbc"));
        assertNull(Calls.begin(CallKind.S3, "x"));
        assertNotNull(Calls.begin(CallKind.JDBC, "x"));
    }

    @Test
    void A_recorder_that_throws_is_not_noticed() {
        Calls.install(new Throwing());
        hooks.start(task);
        assertNull(Calls.begin(CallKind.S3, "x"));
        new Call(Calls.recorder(), CallKind.S3, "x").end();
        Calls.add(CallKind.S3, "x", "y", 1);
        hooks.ended();
        assertEquals(Arrays.asList(null, null, null, null, null), mdc());
    }
}
