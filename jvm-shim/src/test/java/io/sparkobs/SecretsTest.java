package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.FetchFailed;
import org.apache.spark.TaskKilled;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.JobFailed;
import org.apache.spark.scheduler.SparkListenerApplicationStart;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerExecutorExcluded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.apache.spark.sql.execution.SparkPlanInfo;
import org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.RDDInfo;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.Some;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** No secret of the vectors is in any line, wherever in the event it stood. What spans are found by stays: see SECURITY.md. */
class SecretsTest {
    private final EventJson json = new EventJson(new Redaction(key -> null));

    private static <T> Seq<T> none() {
        return JavaConverters.asScalaBuffer(Collections.<T>emptyList());
    }

    private static StageInfo stage(String text) {
        StageInfo stage = new StageInfo(0, 0, text, 1, JavaConverters.asScalaBuffer(Collections.<RDDInfo>emptyList()), none(), text,
                null, none(), Option.empty(), 0, false, 0);
        stage.failureReason_$eq(new Some<>(text));
        return stage;
    }

    private static SparkPlanInfo plan(String text) {
        SparkPlanInfo leaf = new SparkPlanInfo(text, text, none(), scala.collection.immutable.Map$.MODULE$.empty(), none());
        return new SparkPlanInfo("N", text, JavaConverters.asScalaBuffer(Collections.singletonList(leaf)),
                scala.collection.immutable.Map$.MODULE$.empty(), none());
    }

    private static SparkListenerTaskEnd taskEnd(org.apache.spark.TaskEndReason reason) {
        TaskInfo task = new TaskInfo(1, 1, 2, 3, 4L, "1", "host", TaskLocality.ANY(), false);
        return new SparkListenerTaskEnd(1, 2, "ResultTask", reason, task, new ExecutorMetrics(), TaskMetrics.empty());
    }

    @SuppressWarnings("unchecked")
    private static List<SparkListenerEvent> events(String text) {
        Properties properties = new Properties();
        properties.setProperty("spark.job.description", text);
        properties.setProperty("callSite.short", text);
        properties.setProperty("callSite.long", text);
        properties.setProperty("spark.my.password", text);
        List<SparkListenerEvent> events = new ArrayList<>();
        events.add(new SparkListenerApplicationStart(text, new Some<>("app-1"), 1, "ann", Option.empty(), Option.empty(), Option.empty()));
        events.add(new SparkListenerJobStart(0, 1, JavaConverters.asScalaBuffer(Collections.singletonList(stage(text))), properties));
        events.add(new SparkListenerStageSubmitted(stage(text), properties));
        events.add(new SparkListenerStageCompleted(stage(text)));
        events.add(taskEnd(new ExceptionFailure(new IllegalStateException(text, new RuntimeException(text)), none())));
        events.add(taskEnd(new TaskKilled(text, none(), none(), none())));
        events.add(taskEnd(new FetchFailed(BlockManagerId.apply("7", "host", 7337, Option.empty()), 3, 4L, 5, 6, text)));
        events.add(taskEnd(new ExecutorLostFailure("7", true, new Some<>(text))));
        events.add(new SparkListenerJobEnd(0, 2, new JobFailed(new IllegalStateException(text))));
        events.add(new SparkListenerExecutorRemoved(1, "1", text));
        events.add(new SparkListenerExecutorExcluded(1, "1", 3));
        events.add(new SparkListenerSQLExecutionStart(0, Option.empty(), text, text, text, plan(text), 1,
                scala.collection.immutable.Map$.MODULE$.empty(), scala.collection.immutable.Set$.MODULE$.empty()));
        events.add(new SparkListenerSQLAdaptiveExecutionUpdate(0, text, plan(text)));
        events.add(new SparkListenerSQLExecutionEnd(0, 2, new Some<>(text)));
        return events;
    }

    @Test
    void No_line_has_a_secret() throws Throwable {
        JsonNode vectors = Vectors.read("redaction.json");
        String secret = vectors.get("secret").asText();
        assertTrue(vectors.get("secrets").size() > 40);
        for (JsonNode vector : vectors.get("secrets")) {
            // Alone, and in the middle of what else is said.
            for (String text : new String[] {vector.asText(), "read " + vector.asText() + " at Job.scala:7"}) {
                for (SparkListenerEvent event : events(text)) {
                    assertNotNull(json.write(event), () -> event.getClass().getName());
                    String line = json.out.toString();
                    assertFalse(line.contains(secret), () -> vector.asText() + "\n" + line);
                }
            }
        }
    }
}
