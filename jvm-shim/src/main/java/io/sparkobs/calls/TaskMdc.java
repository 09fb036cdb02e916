package io.sparkobs.calls;

import io.sparkobs.Placement;
import io.sparkobs.ShimConf;
import io.sparkobs.SpanIds;
import io.sparkobs.Traceparent;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.slf4j.MDC;

/**
 * The ids of a task in the logging context (MDC) of its thread, so that its log lines lead into the trace. Spark itself
 * never clears that context, and the thread goes on to other tasks: what was there before is put back at the task's end.
 */
final class TaskMdc {
    private static final String[] KEYS = {"trace_id", "span_id", "spark_app", "stage", "task"};

    private final SpanIds ids;
    private final String applicationTrace;
    private final String appId;

    private TaskMdc(SpanIds ids, String applicationTrace, String appId) {
        this.ids = ids;
        this.applicationTrace = applicationTrace;
        this.appId = appId;
    }

    /** Null when the conf has no ids: the driver's plugin did not start. */
    static TaskMdc of(SparkConf conf) {
        String seed = conf.get(ShimConf.ID, null);
        String trace = conf.get(ShimConf.TRACE_ID, null);
        Traceparent caller = Traceparent.parse(conf.get(ShimConf.TRACEPARENT, null));
        return seed == null || trace == null
                ? null
                : new TaskMdc(new SpanIds(seed), caller != null ? caller.trace : trace, conf.get("spark.app.id", null));
    }

    /** @return what was there before, for {@link #restore} */
    String[] put(TaskContext task) {
        String trace = Placement.of(task::getLocalProperty, ids, applicationTrace, true).trace;
        String[] values = {
            trace,
            ids.span("task", Long.toString(task.taskAttemptId())),
            appId,
            task.stageId() + "." + task.stageAttemptNumber(),
            Long.toString(task.taskAttemptId()),
        };
        String[] before = new String[KEYS.length];
        for (int i = 0; i < KEYS.length; i++) {
            before[i] = MDC.get(KEYS[i]);
        }
        restore(values);
        return before;
    }

    static void restore(String[] values) {
        for (int i = 0; i < KEYS.length; i++) {
            if (values[i] == null) {
                MDC.remove(KEYS[i]);
            } else {
                MDC.put(KEYS[i], values[i]);
            }
        }
    }
}
