package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.key;
import static io.sparkobs.JsonWriter.nextKey;

import java.lang.invoke.MethodHandle;
import org.apache.spark.scheduler.JobFailed;
import org.apache.spark.scheduler.JobResult;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.StageInfo;
import scala.collection.Iterable;
import scala.collection.Iterator;

/** Jobs. */
final class JobEvents {
    private static final byte[] JOB_ID = nextKey("Job ID");
    private static final byte[] SUBMISSION_TIME = nextKey("Submission Time");
    private static final byte[] STAGE_INFOS = ascii(",\"Stage Infos\":[");
    private static final byte[] COMPLETION_TIME = nextKey("Completion Time");
    private static final byte[] SUCCEEDED = ascii(",\"Job Result\":{\"Result\":\"JobSucceeded\"}");
    private static final byte[] FAILED = ascii(",\"Job Result\":{\"Result\":\"JobFailed\",\"Exception\":{");
    private static final byte[] MESSAGE = key("Message");
    private static final byte[] END_OF_FAILED = ascii("}}");

    private static final MethodHandle STAGES = Handles.object(SparkListenerJobStart.class, "stageInfos");

    private final JsonWriter out;
    private final Texts texts;
    private final StageEvents stages;

    JobEvents(JsonWriter out, Texts texts, StageEvents stages) {
        this.out = out;
        this.texts = texts;
        this.stages = stages;
    }

    void start(SparkListenerJobStart event) throws Throwable {
        out.number(JOB_ID, event.jobId());
        out.number(SUBMISSION_TIME, event.time());
        out.raw(STAGE_INFOS);
        Iterator<?> infos = ((Iterable<?>) (Object) STAGES.invokeExact((Object) event)).iterator();
        for (int i = 0; infos.hasNext(); i++) {
            StageInfo stage = (StageInfo) infos.next();
            if (i > 0) {
                out.raw(',');
            }
            // Of stages past the limit, an empty object: the reader counts them.
            out.raw('{');
            if (i < Limits.STAGES_OF_JOB && out.length < Limits.LINE_OF_LISTS) {
                stages.fields(stage);
            }
            out.raw('}');
        }
        out.raw(']');
        JobProperties.write(out, texts, event.properties());
    }

    void end(SparkListenerJobEnd event) {
        out.number(JOB_ID, event.jobId());
        out.number(COMPLETION_TIME, event.time());
        JobResult result = event.jobResult();
        if (!(result instanceof JobFailed)) {
            out.raw(SUCCEEDED);
            return;
        }
        out.raw(FAILED);
        texts.write(MESSAGE, ((JobFailed) result).exception().getMessage(), Limits.MESSAGE);
        out.raw(END_OF_FAILED);
    }
}
