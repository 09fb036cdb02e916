package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.key;
import static io.sparkobs.JsonWriter.nextKey;

import java.lang.invoke.MethodHandle;
import org.apache.spark.sql.execution.SparkPlanInfo;
import org.apache.spark.sql.execution.metric.SQLMetricInfo;
import org.apache.spark.sql.execution.ui.SQLPlanMetric;
import scala.collection.Iterable;
import scala.collection.Iterator;

/** Spark's {@code sparkPlanInfo}: the first nodes in preorder, of the others an empty object each, for the reader counts them. */
final class SqlPlanJson {
    private static final byte[] NODE_NAME = key("nodeName");
    private static final byte[] SIMPLE_STRING = nextKey("simpleString");
    private static final byte[] METRICS = nextKey("metrics");
    private static final byte[] CHILDREN = ascii(",\"children\":[");
    private static final byte[] CHILDREN_ALONE = ascii("\"children\":[");
    private static final byte[] NAME = key("name");
    private static final byte[] ACCUMULATOR_ID = nextKey("accumulatorId");
    private static final byte[] METRIC_TYPE = nextKey("metricType");

    /** Sequences, whose type is another one in each Scala. */
    private static final MethodHandle GET_CHILDREN = Handles.object(SparkPlanInfo.class, "children");
    private static final MethodHandle GET_METRICS = Handles.object(SparkPlanInfo.class, "metrics");

    private final JsonWriter out;
    private final Texts texts;
    private int nodes;

    SqlPlanJson(JsonWriter out, Texts texts) {
        this.out = out;
        this.texts = texts;
    }

    void write(SparkPlanInfo plan) throws Throwable {
        nodes = 0;
        node(plan, 0);
    }

    private void node(SparkPlanInfo plan, int depth) throws Throwable {
        boolean whole = nodes < Limits.PLAN_NODES && out.length < Limits.LINE_OF_LISTS;
        nodes++;
        out.raw('{');
        if (whole) {
            out.string(NODE_NAME, texts.clean(plan.nodeName(), Limits.PLAN_NODE));
            out.string(SIMPLE_STRING, texts.clean(plan.simpleString(), Limits.PLAN_NODE));
            out.raw(METRICS);
            metrics(plan);
        }
        Iterator<?> children = ((Iterable<?>) (Object) GET_CHILDREN.invokeExact((Object) plan)).iterator();
        if (depth < Limits.PLAN_DEPTH && children.hasNext()) {
            out.raw(whole ? CHILDREN : CHILDREN_ALONE);
            for (boolean first = true; children.hasNext(); first = false) {
                if (!first) {
                    out.raw(',');
                }
                node((SparkPlanInfo) children.next(), depth + 1);
            }
            out.raw(']');
        }
        out.raw('}');
    }

    private void metrics(SparkPlanInfo plan) throws Throwable {
        Iterator<?> metrics = ((Iterable<?>) (Object) GET_METRICS.invokeExact((Object) plan)).iterator();
        out.raw('[');
        for (int i = 0; metrics.hasNext() && i < Limits.LIST_ITEMS; i++) {
            SQLMetricInfo metric = (SQLMetricInfo) metrics.next();
            metric(i == 0, metric.name(), metric.accumulatorId(), metric.metricType());
        }
        out.raw(']');
    }

    /** @param metrics a Scala collection of {@link SQLPlanMetric} */
    void planMetrics(Object metrics) {
        Iterator<?> items = ((Iterable<?>) metrics).iterator();
        out.raw('[');
        for (int i = 0; items.hasNext() && i < Limits.LIST_ITEMS; i++) {
            SQLPlanMetric metric = (SQLPlanMetric) items.next();
            metric(i == 0, metric.name(), metric.accumulatorId(), metric.metricType());
        }
        out.raw(']');
    }

    private void metric(boolean first, String name, long accumulator, String type) {
        if (!first) {
            out.raw(',');
        }
        out.raw('{');
        out.string(NAME, texts.clean(name, Limits.NAME_IN_LIST));
        out.number(ACCUMULATOR_ID, accumulator);
        out.string(METRIC_TYPE, texts.clean(type, Limits.NAME_IN_LIST));
        out.raw('}');
    }
}
