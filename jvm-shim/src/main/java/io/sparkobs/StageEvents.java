package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.key;
import static io.sparkobs.JsonWriter.nextKey;

import java.lang.invoke.MethodHandle;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.storage.RDDInfo;
import scala.Option;
import scala.collection.Iterable;
import scala.collection.Iterator;

/** Stages, alone and in the list of a job. */
final class StageEvents {
    private static final byte[] STAGE_INFO = nextKey("Stage Info");
    private static final byte[] STAGE_ID = key("Stage ID");
    private static final byte[] STAGE_ATTEMPT_ID = nextKey("Stage Attempt ID");
    private static final byte[] STAGE_NAME = nextKey("Stage Name");
    private static final byte[] TASKS = nextKey("Number of Tasks");
    private static final byte[] FIRST_RDD = ascii(",\"RDD Info\":[{\"RDD ID\":");
    private static final byte[] NO_RDD = ascii(",\"RDD Info\":[]");
    private static final byte[] END_OF_RDD = ascii("}]");
    private static final byte[] PARENT_IDS = ascii(",\"Parent IDs\":[");
    private static final byte[] SUBMISSION_TIME = nextKey("Submission Time");
    private static final byte[] COMPLETION_TIME = nextKey("Completion Time");
    private static final byte[] FAILURE_REASON = nextKey("Failure Reason");
    private static final byte[] ACCUMULABLES = ascii(",\"Accumulables\":[");
    private static final byte[] ID = key("ID");
    private static final byte[] VALUE = nextKey("Value");
    private static final byte[] SQL = ascii(",\"Metadata\":\"sql\"}");

    /** Sequences, whose type is another one in each Scala. */
    private static final MethodHandle RDDS = Handles.object(StageInfo.class, "rddInfos");
    private static final MethodHandle PARENTS = Handles.object(StageInfo.class, "parentIds");

    private final JsonWriter out;
    private final Texts texts;

    StageEvents(JsonWriter out, Texts texts) {
        this.out = out;
        this.texts = texts;
    }

    void submitted(SparkListenerStageSubmitted event) throws Throwable {
        out.raw(STAGE_INFO).raw('{');
        fields(event.stageInfo());
        out.raw('}');
        JobProperties.write(out, texts, event.properties());
    }

    void completed(SparkListenerStageCompleted event) throws Throwable {
        out.raw(STAGE_INFO).raw('{');
        fields(event.stageInfo());
        accumulables(event.stageInfo());
        out.raw('}');
    }

    /** The stage's own fields, without the braces. */
    void fields(StageInfo stage) throws Throwable {
        out.number(STAGE_ID, stage.stageId());
        out.number(STAGE_ATTEMPT_ID, stage.attemptNumber());
        texts.write(STAGE_NAME, stage.name(), Limits.NAME);
        out.number(TASKS, stage.numTasks());
        firstRdd(stage);
        parents(stage);
        number(SUBMISSION_TIME, stage.submissionTime());
        number(COMPLETION_TIME, stage.completionTime());
        texts.write(FAILURE_REASON, stage.failureReason(), Limits.MESSAGE);
    }

    /** Only the id of the RDD that the stage computes: the same in every stage made for one shuffle's map side. */
    private void firstRdd(StageInfo stage) throws Throwable {
        Iterator<?> rdds = ((Iterable<?>) (Object) RDDS.invokeExact((Object) stage)).iterator();
        if (rdds.hasNext()) {
            out.number(FIRST_RDD, ((RDDInfo) rdds.next()).id()).raw(END_OF_RDD);
        } else {
            out.raw(NO_RDD);
        }
    }

    private void parents(StageInfo stage) throws Throwable {
        out.raw(PARENT_IDS);
        Iterator<?> parents = ((Iterable<?>) (Object) PARENTS.invokeExact((Object) stage)).iterator();
        for (boolean first = true; parents.hasNext(); first = false) {
            if (!first) {
                out.raw(',');
            }
            out.number(((Number) parents.next()).longValue());
        }
        out.raw(']');
    }

    private void number(byte[] key, Option<?> value) {
        if (value.isDefined()) {
            out.number(key, ((Number) value.get()).longValue());
        }
    }

    /** The values of SQL metrics. Spark's scheduler may still add to them: a list that changes meanwhile is left out. */
    private void accumulables(StageInfo stage) {
        int start = out.length;
        try {
            out.raw(ACCUMULABLES);
            Iterator<AccumulableInfo> accumulables = stage.accumulables().valuesIterator();
            boolean first = true;
            while (accumulables.hasNext()) {
                first = sqlMetric(accumulables.next(), first);
            }
            out.raw(']');
        } catch (RuntimeException changed) {
            out.length = start;
        }
    }

    private boolean sqlMetric(AccumulableInfo metric, boolean first) {
        boolean sql = metric.metadata().isDefined() && "sql".equals(metric.metadata().get());
        if (!sql || !metric.value().isDefined()) {
            return first;
        }
        out.raw(first ? '{' : ',');
        if (!first) {
            out.raw('{');
        }
        out.number(ID, metric.id());
        out.string(VALUE, String.valueOf(metric.value().get()));
        out.raw(SQL);
        return false;
    }
}
