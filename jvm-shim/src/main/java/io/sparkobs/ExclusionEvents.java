package io.sparkobs;

import static io.sparkobs.JsonWriter.nextKey;

import java.lang.invoke.MethodHandle;
import org.apache.spark.scheduler.SparkListenerEvent;

/**
 * Executors that get no more tasks: excluded, or before Spark 3.1 blacklisted. Later versions post both names, and then
 * only the new one is sent. Their classes are in some versions only, so this is made from the class of the first event.
 */
final class ExclusionEvents {
    private static final byte[] TIME = nextKey("time");
    private static final byte[] EXECUTOR_ID = nextKey("executorId");
    private static final byte[] TASK_FAILURES = nextKey("taskFailures");
    private static final byte[] STAGE_ID = nextKey("stageId");
    private static final byte[] STAGE_ATTEMPT_ID = nextKey("stageAttemptId");

    /** Whether this Spark has the new names. */
    private static final boolean NEW_NAMES = exists("org.apache.spark.scheduler.SparkListenerExecutorExcluded");

    private final JsonWriter out;
    private final MethodHandle time;
    private final MethodHandle executorId;
    private final MethodHandle taskFailures;
    private final MethodHandle stageId;
    private final MethodHandle stageAttemptId;

    ExclusionEvents(JsonWriter out, Class<?> event) {
        this.out = out;
        time = Handles.object(event, "time");
        executorId = Handles.object(event, "executorId");
        taskFailures = Handles.object(event, "taskFailures");
        stageId = Handles.object(event, "stageId");
        stageAttemptId = Handles.object(event, "stageAttemptId");
    }

    static boolean isTold(boolean oldName) {
        return !(oldName && NEW_NAMES);
    }

    private static boolean exists(String type) {
        try {
            Class.forName(type, false, SparkListenerEvent.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError absent) {
            return false;
        }
    }

    void write(SparkListenerEvent event) throws Throwable {
        number(TIME, (Object) time.invokeExact((Object) event));
        out.string(EXECUTOR_ID, (String) (Object) executorId.invokeExact((Object) event));
        number(TASK_FAILURES, (Object) taskFailures.invokeExact((Object) event));
        number(STAGE_ID, (Object) stageId.invokeExact((Object) event));
        number(STAGE_ATTEMPT_ID, (Object) stageAttemptId.invokeExact((Object) event));
    }

    private void number(byte[] key, Object value) {
        if (value != null) {
            out.number(key, ((Number) value).longValue());
        }
    }
}
