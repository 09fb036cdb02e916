package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.nextKey;

import java.lang.invoke.MethodHandle;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.TaskInfo;
import scala.Enumeration;

/** Task starts and ends: most of what is sent, so nothing here allocates. */
final class TaskEvents {
    private static final byte[] STAGE_ID = nextKey("Stage ID");
    private static final byte[] STAGE_ATTEMPT_ID = nextKey("Stage Attempt ID");
    private static final byte[] TASK_TYPE = nextKey("Task Type");
    private static final byte[] TASK_INFO = ascii(",\"Task Info\":{\"Task ID\":");
    private static final byte[] INDEX = nextKey("Index");
    private static final byte[] ATTEMPT = nextKey("Attempt");
    private static final byte[] PARTITION_ID = nextKey("Partition ID");
    private static final byte[] LAUNCH_TIME = nextKey("Launch Time");
    private static final byte[] EXECUTOR_ID = nextKey("Executor ID");
    private static final byte[] HOST = nextKey("Host");
    private static final byte[] LOCALITY = nextKey("Locality");
    private static final byte[] SPECULATIVE = nextKey("Speculative");
    private static final byte[] GETTING_RESULT_TIME = nextKey("Getting Result Time");
    private static final byte[] FINISH_TIME = nextKey("Finish Time");
    private static final byte[] FAILED = nextKey("Failed");
    private static final byte[] KILLED = nextKey("Killed");
    private static final byte[] TASK_METRICS = nextKey("Task Metrics");

    /** Since Spark 3.3. */
    private static final MethodHandle GET_PARTITION_ID = Handles.number(TaskInfo.class, "partitionId");

    /** Names of localities by their id: an enumeration's toString allocates. */
    private static final byte[][] LOCALITIES = new byte[16][];

    private final JsonWriter out;
    private final TaskMetricsJson metrics;
    private final TaskFailures failures;

    TaskEvents(JsonWriter out, Texts texts) {
        this.out = out;
        metrics = new TaskMetricsJson(out);
        failures = new TaskFailures(out, texts);
    }


    void start(SparkListenerTaskStart event) throws Throwable {
        out.number(STAGE_ID, event.stageId());
        out.number(STAGE_ATTEMPT_ID, event.stageAttemptId());
        info(event.taskInfo());
    }

    void end(SparkListenerTaskEnd event) throws Throwable {
        out.number(STAGE_ID, event.stageId());
        out.number(STAGE_ATTEMPT_ID, event.stageAttemptId());
        out.string(TASK_TYPE, event.taskType());
        failures.write(event.reason());
        info(event.taskInfo());
        TaskMetrics measured = event.taskMetrics();
        if (measured != null) {
            out.raw(TASK_METRICS);
            metrics.write(measured);
        }
    }

    private void info(TaskInfo task) throws Throwable {
        out.number(TASK_INFO, task.taskId());
        out.number(INDEX, task.index());
        out.number(ATTEMPT, task.attemptNumber());
        if (GET_PARTITION_ID != null) {
            out.number(PARTITION_ID, (long) GET_PARTITION_ID.invokeExact(task));
        }
        out.number(LAUNCH_TIME, task.launchTime());
        out.string(EXECUTOR_ID, task.executorId());
        out.string(HOST, task.host());
        out.raw(LOCALITY).raw(locality(task.taskLocality()));
        out.bool(SPECULATIVE, task.speculative());
        out.number(GETTING_RESULT_TIME, task.gettingResultTime());
        out.number(FINISH_TIME, task.finishTime());
        out.bool(FAILED, task.failed());
        out.bool(KILLED, task.killed());
        out.raw('}');
    }

    private static byte[] locality(Enumeration.Value locality) {
        int id = locality.id();
        if (id < 0 || id >= LOCALITIES.length) {
            return ascii('"' + locality.toString() + '"');
        }
        byte[] name = LOCALITIES[id];
        if (name == null) {
            name = ascii('"' + locality.toString() + '"');
            LOCALITIES[id] = name;
        }
        return name;
    }
}
