package io.sparkobs;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;

/**
 * A micro-batch in force on the thread that runs a .NET program's {@code ForeachBatch} delegate. Microsoft.Spark runs it
 * elsewhere than on the stream's thread, so without this its jobs would not know the batch that they belong to.
 */
public final class BatchScope {
    private BatchScope() {}

    /**
     * Sets what the stream's own thread has, so far as jobs and SQL executions are placed by it.
     *
     * @param batch what Spark gave to the delegate
     * @return the id for {@link ThreadScope#leave}, and behind a blank the batch's span as a traceparent, where the plugin
     *     runs; empty where the stream was not found
     */
    public static String enter(Dataset<?> batch, long batchId) {
        try {
            SparkSession session = batch.sparkSession();
            StreamingQuery query = queryOf(session);
            if (query == null) {
                Log.warnOnce("foreachBatch", "SparkObs: the stream of a ForeachBatch delegate was not found; its jobs are not placed below the batch.");
                return "";
            }
            SparkContext context = session.sparkContext();
            String queryId = query.id().toString();
            String runId = query.runId().toString();
            Map<String, String> values = new LinkedHashMap<>();
            values.put(Placement.QUERY_ID, queryId);
            values.put(Placement.JOB_GROUP, runId);
            values.put(Placement.BATCH_ID, Long.toString(batchId));
            values.put("spark.job.description", (query.name() == null ? "" : query.name() + '\n')
                    + "id = " + queryId + "\nrunId = " + runId + "\nbatch = " + batchId);
            values.put("spark.job.interruptOnCancel", "true");
            long scope = ThreadScope.enter(context.getLocalProperties(), values);
            String seed = context.getConf().get(ShimConf.ID, null);
            if (seed == null) {
                return Long.toString(scope);
            }
            SpanIds ids = new SpanIds(seed);
            String key = queryId + '.' + runId + '.' + batchId;
            return scope + " 00-" + ids.ownTrace("batch", key) + '-' + ids.span("batch", key) + "-01";
        } catch (Throwable failure) {
            Log.failure("entering a micro-batch", failure);
            return "";
        }
    }

    /** A stream runs its batches in a copy of its session: the one whose copy it is. */
    private static StreamingQuery queryOf(SparkSession session) throws ReflectiveOperationException {
        for (Object query : session.sharedState().activeStreamingQueries().values()) {
            if (sessionOf(query) == session) {
                return (StreamingQuery) query;
            }
        }
        return null;
    }

    /** Not compiled against: in Spark 4.1 the class of a stream has moved, and the first of the ways is newer. */
    private static Object sessionOf(Object query) throws ReflectiveOperationException {
        try {
            return get(query, "sparkSessionForStream");
        } catch (NoSuchMethodException older) {
            Object execution = get(query, "lastExecution");
            return execution == null ? null : get(execution, "sparkSession");
        }
    }

    private static Object get(Object owner, String name) throws ReflectiveOperationException {
        return owner.getClass().getMethod(name).invoke(owner);
    }
}
