package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.key;
import static io.sparkobs.JsonWriter.nextKey;

import org.apache.spark.ExceptionFailure;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.FetchFailed;
import org.apache.spark.Success$;
import org.apache.spark.TaskCommitDenied;
import org.apache.spark.TaskEndReason;
import org.apache.spark.TaskKilled;
import org.apache.spark.storage.BlockManagerId;

/** Spark's {@code Task End Reason}. */
final class TaskFailures {
    private static final byte[] SUCCESS = ascii(",\"Task End Reason\":{\"Reason\":\"Success\"}");
    private static final byte[] REASON = ascii(",\"Task End Reason\":{\"Reason\":");
    private static final byte[] CLASS_NAME = nextKey("Class Name");
    private static final byte[] DESCRIPTION = nextKey("Description");
    private static final byte[] FULL_STACK_TRACE = nextKey("Full Stack Trace");
    private static final byte[] KILL_REASON = nextKey("Kill Reason");
    private static final byte[] LOSS_REASON = nextKey("Loss Reason");
    private static final byte[] EXIT_CAUSED_BY_APP = nextKey("Exit Caused By App");
    private static final byte[] ADDRESS = ascii(",\"Block Manager Address\":{");
    private static final byte[] ADDRESS_EXECUTOR_ID = key("Executor ID");
    private static final byte[] EXECUTOR_ID = nextKey("Executor ID");
    private static final byte[] HOST = nextKey("Host");
    private static final byte[] PORT = nextKey("Port");
    private static final byte[] SHUFFLE_ID = nextKey("Shuffle ID");
    private static final byte[] MAP_ID = nextKey("Map ID");
    private static final byte[] MAP_INDEX = nextKey("Map Index");
    private static final byte[] REDUCE_ID = nextKey("Reduce ID");
    private static final byte[] MESSAGE = nextKey("Message");
    private static final byte[] JOB_ID = nextKey("Job ID");
    private static final byte[] PARTITION_ID = nextKey("Partition ID");
    private static final byte[] ATTEMPT_NUMBER = nextKey("Attempt Number");

    private final JsonWriter out;
    private final Texts texts;

    TaskFailures(JsonWriter out, Texts texts) {
        this.out = out;
        this.texts = texts;
    }

    void write(TaskEndReason reason) {
        if (reason == Success$.MODULE$) {
            out.raw(SUCCESS);
            return;
        }
        out.string(REASON, name(reason));
        if (reason instanceof ExceptionFailure) {
            exception((ExceptionFailure) reason);
        } else if (reason instanceof TaskKilled) {
            texts.write(KILL_REASON, ((TaskKilled) reason).reason(), Limits.MESSAGE);
        } else if (reason instanceof FetchFailed) {
            fetch((FetchFailed) reason);
        } else if (reason instanceof ExecutorLostFailure) {
            ExecutorLostFailure lost = (ExecutorLostFailure) reason;
            out.string(EXECUTOR_ID, lost.execId());
            out.bool(EXIT_CAUSED_BY_APP, lost.exitCausedByApp());
            texts.write(LOSS_REASON, lost.reason(), Limits.MESSAGE);
        } else if (reason instanceof TaskCommitDenied) {
            TaskCommitDenied denied = (TaskCommitDenied) reason;
            out.number(JOB_ID, denied.jobID());
            out.number(PARTITION_ID, denied.partitionID());
            out.number(ATTEMPT_NUMBER, denied.attemptNumber());
        }
        out.raw('}');
    }

    /** The class's simple name, without the dollar of Scala's objects: what Spark writes. */
    private static String name(TaskEndReason reason) {
        String name = reason.getClass().getName();
        return name.substring(name.lastIndexOf('.') + 1).replace("$", "");
    }

    private void exception(ExceptionFailure failure) {
        texts.write(CLASS_NAME, failure.className(), Limits.NAME);
        texts.write(DESCRIPTION, failure.description(), Limits.MESSAGE);
        texts.write(FULL_STACK_TRACE, Cut.frames(failure.fullStackTrace(), Limits.STACK_FRAMES), Limits.MESSAGE);
    }

    private void fetch(FetchFailed failed) {
        BlockManagerId address = failed.bmAddress();
        if (address != null) {
            out.raw(ADDRESS);
            out.string(ADDRESS_EXECUTOR_ID, address.executorId());
            out.string(HOST, address.host());
            out.number(PORT, address.port());
            out.raw('}');
        }
        out.number(SHUFFLE_ID, failed.shuffleId());
        out.number(MAP_ID, failed.mapId());
        out.number(MAP_INDEX, failed.mapIndex());
        out.number(REDUCE_ID, failed.reduceId());
        texts.write(MESSAGE, failed.message(), Limits.MESSAGE);
    }
}
