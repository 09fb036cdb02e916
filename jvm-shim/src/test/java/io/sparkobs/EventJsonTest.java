package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.FetchFailed;
import org.apache.spark.Resubmitted$;
import org.apache.spark.Success$;
import org.apache.spark.TaskCommitDenied;
import org.apache.spark.TaskEndReason;
import org.apache.spark.TaskKilled;
import org.apache.spark.TaskResultLost$;
import org.apache.spark.UnknownReason$;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerExecutorBlacklisted;
import org.apache.spark.scheduler.SparkListenerExecutorExcluded;
import org.apache.spark.scheduler.SparkListenerExecutorExcludedForStage;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.apache.spark.sql.execution.SparkPlanInfo;
import org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.util.JsonProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import scala.Option;
import scala.Some;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** Events that a real run seldom has, against Spark's own JSON of them; and the limits. */
class EventJsonTest {
    private final EventJson json = new EventJson(new Redaction(key -> null));

    private JsonNode encode(SparkListenerEvent event) {
        assertTrue(write(event));
        try {
            return EventLog.ours('{' + json.out.toString());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private boolean write(SparkListenerEvent event) {
        try {
            return json.write(event) != null;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private void assertAsSparkWrites(SparkListenerEvent event) throws Exception {
        assertEquals(EventLog.used(JsonProtocol.sparkEventToJsonString(event)), encode(event));
    }

    private static <T> Seq<T> seq(List<T> items) {
        return JavaConverters.asScalaBuffer(items);
    }

    private static <T> Seq<T> none() {
        return seq(Collections.emptyList());
    }

    static List<TaskEndReason> reasons() {
        return Arrays.asList(
                Success$.MODULE$,
                new ExceptionFailure(new IllegalStateException("no \u2713 \"here\"\n", new RuntimeException("cause")), none()),
                new ExceptionFailure("a.B", null, new StackTraceElement[0], null, Option.empty(), none(), none(), none()),
                new TaskKilled("another attempt succeeded", none(), none(), none()),
                new FetchFailed(BlockManagerId.apply("7", "host", 7337, Option.empty()), 3, 4L, 5, 6, "too late"),
                new FetchFailed(null, 3, 4L, 5, 6, "too late"),
                new ExecutorLostFailure("7", true, new Some<>("exited with 137")),
                new ExecutorLostFailure("7", false, Option.empty()),
                new TaskCommitDenied(1, 2, 3),
                Resubmitted$.MODULE$,
                TaskResultLost$.MODULE$,
                UnknownReason$.MODULE$);
    }

    @ParameterizedTest
    @MethodSource("reasons")
    void Reasons_of_a_tasks_end(TaskEndReason reason) throws Exception {
        TaskInfo task = new TaskInfo(Long.MAX_VALUE, 1, 2, 3, 4L, "driver", "h\u00f6st", TaskLocality.RACK_LOCAL(), true);
        assertAsSparkWrites(new SparkListenerTaskEnd(1, 2, "ResultTask", reason, task, new ExecutorMetrics(), TaskMetrics.empty()));
    }

    @Test
    void A_task_without_metrics() throws Exception {
        TaskInfo task = new TaskInfo(1, 1, 2, 3, 4L, "1", "host", TaskLocality.ANY(), false);
        task.markGettingResult(77);
        assertAsSparkWrites(new SparkListenerTaskEnd(1, 2, "ShuffleMapTask", Success$.MODULE$, task, new ExecutorMetrics(), null));
    }

    @Test
    void Exclusions_come_by_their_new_names_only() throws Exception {
        assertAsSparkWrites(new SparkListenerExecutorExcluded(1L, "7", 2));
        assertAsSparkWrites(new SparkListenerExecutorExcludedForStage(1L, "7", 2, 3, 4));
        assertFalse(write(new SparkListenerExecutorBlacklisted(1L, "7", 2)));
    }

    @Test
    void Removed_executors() throws Exception {
        assertAsSparkWrites(new SparkListenerExecutorRemoved(1L, "7", "Executor killed by driver."));
    }

    private static StageInfo stage(int id, String name) {
        return new StageInfo(id, 0, name, 3, none(), seq(Arrays.asList(1, 2)), "", new TaskMetrics(), none(), Option.empty(), 0, false, 0);
    }

    @Test
    void Of_accumulables_only_SQL_metrics() throws Exception {
        StageInfo stage = stage(5, "s");
        stage.accumulables().put(1L, accumulable(1, 17L, "sql"));
        stage.accumulables().put(2L, accumulable(2, 18L, null));
        stage.accumulables().put(3L, accumulable(3, null, "sql"));
        stage.accumulables().put(4L, accumulable(4, -1L, "sql"));
        stage.stageFailed("because");
        JsonNode metrics = encode(new SparkListenerStageCompleted(stage)).get("Stage Info").get("Accumulables");
        assertEquals("[{\"ID\":1,\"Value\":\"17\",\"Metadata\":\"sql\"},{\"ID\":4,\"Value\":\"-1\",\"Metadata\":\"sql\"}]",
                metrics.toString());
    }

    private static AccumulableInfo accumulable(long id, Object value, String metadata) {
        return new AccumulableInfo(id, new Some<>("n"), Option.empty(), Option.apply(value), true, true, Option.apply(metadata));
    }

    @Test
    void Of_a_jobs_stages_the_first_2000_and_that_there_are_more() throws Exception {
        List<StageInfo> stages = new ArrayList<>();
        for (int i = 0; i < 2_500; i++) {
            stages.add(stage(i, "stage"));
        }
        JsonNode infos = encode(new SparkListenerJobStart(1, 2L, seq(stages), null)).get("Stage Infos");
        assertEquals(2_500, infos.size());
        assertEquals(1_999, infos.get(1_999).get("Stage ID").asInt());
        assertEquals("{}", infos.get(2_000).toString());
    }

    @Test
    void Long_names_do_not_make_a_line_too_long() {
        String name = String.join("", Collections.nCopies(4_000, "\u20ac"));
        List<StageInfo> stages = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            stages.add(stage(i, name));
        }
        JsonNode infos = encode(new SparkListenerJobStart(1, 2L, seq(stages), null)).get("Stage Infos");
        assertEquals(2_000, infos.size());
        assertTrue(json.out.length < Outbox.MAX_LINE);
        assertEquals(4_096 - 1, infos.get(0).get("Stage Name").asText().getBytes(StandardCharsets.UTF_8).length);
    }

    @Test
    void Of_properties_only_those_that_are_used_and_texts_redacted() {
        Properties properties = new Properties();
        properties.setProperty("spark.job.description", "with password=hunter2");
        properties.setProperty("spark.jobGroup.id", "token=g");
        properties.setProperty("spark.job.tags", "a,b");
        properties.setProperty("fs.s3a.secret.key", "hunter2");
        JsonNode actual = encode(new SparkListenerJobStart(1, 2L, none(), properties)).get("Properties");
        assertEquals("{\"spark.jobGroup.id\":\"token=g\",\"spark.job.tags\":\"a,b\","
                + "\"spark.job.description\":\"with password=*********(redacted)\"}", actual.toString());
    }

    private static SparkPlanInfo node(String text, List<SparkPlanInfo> children) {
        return new SparkPlanInfo("node", text, seq(children), new scala.collection.immutable.HashMap<>(), none());
    }

    private JsonNode plan(SparkPlanInfo plan) {
        return encode(new SparkListenerSQLAdaptiveExecutionUpdate(1, "", plan)).get("sparkPlanInfo");
    }

    @Test
    void Of_a_plans_nodes_the_first_1000_and_that_there_are_more() {
        List<SparkPlanInfo> leaves = new ArrayList<>();
        for (int i = 0; i < 1_500; i++) {
            leaves.add(node("leaf " + i, Collections.emptyList()));
        }
        JsonNode children = plan(node("root", leaves)).get("children");
        assertEquals(1_500, children.size());
        assertEquals("leaf 998", children.get(998).get("simpleString").asText());
        assertEquals("{}", children.get(999).toString());
    }

    @Test
    void A_plan_deeper_than_the_limit_ends_there() {
        SparkPlanInfo deep = node("leaf", Collections.emptyList());
        for (int i = 0; i < 5_000; i++) {
            deep = node("n", Collections.singletonList(deep));
        }
        assertTrue(write(new SparkListenerSQLAdaptiveExecutionUpdate(1, "", deep)));
        assertEquals(Limits.PLAN_DEPTH, json.out.toString().split("\"children\"", -1).length - 1);
    }

    @Test
    void Nodes_are_redacted_then_cut() {
        String text = String.join("", Collections.nCopies(500, "x")) + " password=hunter2";
        JsonNode node = plan(node(text, Collections.emptyList()));
        assertEquals(text.substring(0, 500) + " password\u2026", node.get("simpleString").asText());
    }

    @Test
    void The_writer_gives_a_large_lines_memory_back() {
        List<SparkPlanInfo> leaves = Collections.nCopies(999, node(String.join("", Collections.nCopies(2_000, "y")), Collections.emptyList()));
        plan(node("root", leaves));
        json.out.ensure(2 << 20);
        json.out.clear();
        assertTrue(json.out.bytes.length < 1 << 20);
    }
}
