package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.nextKey;

import java.lang.invoke.MethodHandle;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.sql.execution.ui.SparkListenerDriverAccumUpdates;
import org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate;
import org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveSQLMetricUpdates;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart;
import scala.Option;
import scala.Tuple2;
import scala.collection.Iterable;
import scala.collection.Iterator;

/** SQL executions. Loaded with the first of their events: an application may have no Spark SQL. */
final class SqlEvents {
    private static final byte[] EXECUTION_ID = nextKey("executionId");
    private static final byte[] ROOT_EXECUTION_ID = nextKey("rootExecutionId");
    private static final byte[] DESCRIPTION = nextKey("description");
    private static final byte[] PLAN_DESCRIPTION = nextKey("physicalPlanDescription");
    private static final byte[] PLAN_INFO = nextKey("sparkPlanInfo");
    private static final byte[] TIME = nextKey("time");
    private static final byte[] JOB_TAGS = nextKey("jobTags");
    private static final byte[] JOB_GROUP_ID = nextKey("jobGroupId");
    private static final byte[] ERROR_MESSAGE = nextKey("errorMessage");
    private static final byte[] METRICS = nextKey("sqlPlanMetrics");
    private static final byte[] UPDATES = ascii(",\"accumUpdates\":[");

    /** Since Spark 3.4. */
    private static final MethodHandle ROOT = Handles.object(SparkListenerSQLExecutionStart.class, "rootExecutionId");
    private static final MethodHandle ERROR = Handles.object(SparkListenerSQLExecutionEnd.class, "errorMessage");

    /** Since Spark 3.5. */
    private static final MethodHandle TAGS = Handles.object(SparkListenerSQLExecutionStart.class, "jobTags");

    /** Since Spark 4.0. */
    private static final MethodHandle GROUP = Handles.object(SparkListenerSQLExecutionStart.class, "jobGroupId");

    /** Sequences, whose type is another one in each Scala. */
    private static final MethodHandle PLAN_METRICS =
            Handles.object(SparkListenerSQLAdaptiveSQLMetricUpdates.class, "sqlPlanMetrics");
    private static final MethodHandle ACCUMULATORS = Handles.object(SparkListenerDriverAccumUpdates.class, "accumUpdates");

    private final JsonWriter out;
    private final Texts texts;
    private final SqlPlanJson plans;

    SqlEvents(JsonWriter out, Texts texts) {
        this.out = out;
        this.texts = texts;
        plans = new SqlPlanJson(out, texts);
    }

    void start(SparkListenerEvent e) throws Throwable {
        SparkListenerSQLExecutionStart event = (SparkListenerSQLExecutionStart) e;
        out.number(EXECUTION_ID, event.executionId());
        Option<?> root = (Option<?>) (Object) ROOT.invokeExact((Object) event);
        if (root != null && root.isDefined()) {
            out.number(ROOT_EXECUTION_ID, ((Number) root.get()).longValue());
        }
        texts.write(DESCRIPTION, event.description(), Limits.NAME);
        out.number(TIME, event.time());
        texts.tags(JOB_TAGS, (Object) TAGS.invokeExact((Object) event));
        Option<?> group = (Option<?>) (Object) GROUP.invokeExact((Object) event);
        if (group != null && group.isDefined()) {
            texts.identity(JOB_GROUP_ID, (String) group.get(), Limits.NAME);
        }
        texts.write(PLAN_DESCRIPTION, event.physicalPlanDescription(), Limits.PLAN_TEXT);
        out.raw(PLAN_INFO);
        plans.write(event.sparkPlanInfo());
    }

    void end(SparkListenerEvent e) throws Throwable {
        SparkListenerSQLExecutionEnd event = (SparkListenerSQLExecutionEnd) e;
        out.number(EXECUTION_ID, event.executionId());
        out.number(TIME, event.time());
        texts.write(ERROR_MESSAGE, (Option<?>) (Object) ERROR.invokeExact((Object) event), Limits.MESSAGE);
    }

    void planUpdate(SparkListenerEvent e) throws Throwable {
        SparkListenerSQLAdaptiveExecutionUpdate event = (SparkListenerSQLAdaptiveExecutionUpdate) e;
        out.number(EXECUTION_ID, event.executionId());
        texts.write(PLAN_DESCRIPTION, event.physicalPlanDescription(), Limits.PLAN_TEXT);
        out.raw(PLAN_INFO);
        plans.write(event.sparkPlanInfo());
    }

    void metricUpdate(SparkListenerEvent e) throws Throwable {
        SparkListenerSQLAdaptiveSQLMetricUpdates event = (SparkListenerSQLAdaptiveSQLMetricUpdates) e;
        out.number(EXECUTION_ID, event.executionId());
        out.raw(METRICS);
        plans.planMetrics((Object) PLAN_METRICS.invokeExact((Object) event));
    }

    void driverUpdates(SparkListenerEvent e) throws Throwable {
        SparkListenerDriverAccumUpdates event = (SparkListenerDriverAccumUpdates) e;
        out.number(EXECUTION_ID, event.executionId());
        out.raw(UPDATES);
        Iterator<?> updates = ((Iterable<?>) (Object) ACCUMULATORS.invokeExact((Object) event)).iterator();
        for (boolean first = true; updates.hasNext(); first = false) {
            Tuple2<?, ?> update = (Tuple2<?, ?>) updates.next();
            out.raw(first ? '[' : ',');
            if (!first) {
                out.raw('[');
            }
            out.number(((Number) update._1()).longValue()).raw(',');
            out.number(((Number) update._2()).longValue()).raw(']');
        }
        out.raw(']');
    }
}
